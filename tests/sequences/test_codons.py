"""Codon tables and translation."""

import pytest

from swanneck.foundation.errors import InputError
from swanneck.sequences.codons import human_codons, translate_codons


def test_the_human_table_has_every_codon_once_and_shares_of_one() -> None:
    shares = human_codons().shares
    assert len({codon for codons in shares.values() for codon in codons}) == 64
    assert all(sum(codons.values()) == pytest.approx(1.0, abs=0.03) for codons in shares.values())


def test_the_adaptation_is_the_geometric_mean_of_the_weights() -> None:
    assert human_codons().adaptation("AAAAAG") == pytest.approx((0.42 / 0.58) ** 0.5)


@pytest.mark.parametrize("rna", ["", "AU", "AUGA", "ATG", "NNN"])
def test_what_cannot_be_translated_is_refused(rna: str) -> None:
    with pytest.raises(InputError):
        translate_codons(rna, human_codons())
