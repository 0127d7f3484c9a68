"""Growing labels over an image along the cheapest paths."""
