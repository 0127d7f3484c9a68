"""Reading plate maps as people write them: files, columns, words for roles, doses; and what can be wrong in them.

Start at `swanneck.screening.layouts` and `swanneck.screening.layout_linter`, which put these parts together.
"""
