"""Molecules: standard forms, fingerprints, structural alerts. Needs RDKit (the extra `chemistry`)."""
