"""Rules over orders, in the segment language.

``fields`` says what may be asked, ``facts`` finds the answers for one order or for many, ``evaluating`` holds
a rule against them. docs/reference/fraud-rules.md describes it all.
"""
