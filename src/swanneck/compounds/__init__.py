"""Compounds of a screen: the library and its faults, plate layouts, transfer lists, evidence, candidates, targets."""
