"""Results to pages: self-contained, readable without a server, a network or our program."""
