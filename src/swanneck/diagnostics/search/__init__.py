"""Where oligos bind: the best site in each genome, and every site in a background."""
