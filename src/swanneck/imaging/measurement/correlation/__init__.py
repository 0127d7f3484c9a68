"""Colocalization of channels within objects."""
