"""Results read: amplification curves of quantitative PCR."""
