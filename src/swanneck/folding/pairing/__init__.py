"""DNA oligos that pair: with each other (dimers), or with themselves (hairpins)."""
