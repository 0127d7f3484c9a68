"""The order in which NumPy's quicksort leaves what is equal."""
