"""Combinations of drugs: surfaces of dose pairs, what the drugs alone let expect, and how far it is exceeded."""
