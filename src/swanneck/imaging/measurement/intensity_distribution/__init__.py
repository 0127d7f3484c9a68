"""Where in an object its light is."""
