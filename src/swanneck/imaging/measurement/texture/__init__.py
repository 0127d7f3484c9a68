"""Texture of objects."""
