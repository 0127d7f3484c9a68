"""Hydrolysis: what is loose breaks, what is paired does not."""

import numpy as np
import pytest

from swanneck.folding import fold_ensemble
from swanneck.foundation.errors import InputError
from swanneck.vaccine.stability import describe_linkages, predict_hydrolysis


def test_a_paired_strand_does_not_break() -> None:
    assert predict_hydrolysis("GAUC", np.zeros(4)) == pytest.approx(np.zeros(3))


def test_every_loose_linkage_breaks_and_that_before_u_most() -> None:
    rates = {base: predict_hydrolysis("A" + base, np.ones(2))[0] for base in "ACGU"}
    assert min(rates.values()) > 0
    assert max(rates, key=rates.get) == "U"


def test_a_stem_breaks_in_its_loop() -> None:
    sequence = "GGCGCGCGAAUAACGCGCGCC"
    rates = predict_hydrolysis(sequence, fold_ensemble(sequence).unpaired)
    assert rates[7:13].sum() > 0.9 * rates.sum()


def test_linkages_are_one_fewer_than_bases_and_linear_in_what_is_loose() -> None:
    rows = describe_linkages("GAUCA", np.full(5, 0.5))
    assert rows.shape == (4, 4, 4)
    assert rows[:, :2].sum() == pytest.approx(4.0)
    assert rows[:, 2:].sum() == pytest.approx(2.0)


def test_protein_has_no_linkages() -> None:
    with pytest.raises(InputError):
        predict_hydrolysis("MKV", np.ones(3))
