"""From words to a rule: English and Chinese sentences about members, read by a grammar or a language model.

``lexing`` turns a sentence into tokens that are the same in both languages, ``reading`` makes a rule of them
or says what it could not understand, ``language_model`` asks an OpenAI-compatible endpoint. Nothing here
touches the database: ``membership.segments.editing.drafts`` brings the shop's names, checks the rule by the
same checker as any other, and previews it.
"""
