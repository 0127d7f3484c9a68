"""Neighbours of objects."""
