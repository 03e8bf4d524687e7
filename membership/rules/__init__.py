"""The language in which staff write the rules of segments.

``language`` turns text into ``nodes`` and back, ``checking`` says what is wrong with a rule and what would
be right, ``compiling`` turns a checked rule into one query. docs/reference/segment-rules.md describes it all.
"""
