"""Recipes: one readable file per main job, one call per step."""
