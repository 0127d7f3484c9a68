"""Size and shape of objects."""
