"""Hydrolysis: what is loose breaks sooner than what is paired."""

import numpy as np
import pytest

from swanneck.folding import fold_ensemble
from swanneck.foundation.errors import InputError
from swanneck.vaccine.stability import describe_linkages, predict_degradation, predict_hydrolysis


@pytest.mark.parametrize("pair", [own + behind for own in "ACGU" for behind in "ACGU"])
def test_every_linkage_breaks_sooner_if_loose(pair: str) -> None:
    paired, loose = predict_hydrolysis(pair, np.zeros(2))[0], predict_hydrolysis(pair, np.ones(2))[0]
    assert 0 < paired < loose


def test_the_linkage_before_u_breaks_most() -> None:
    rates = {base: predict_hydrolysis("A" + base, np.ones(2))[0] for base in "ACGU"}
    assert max(rates, key=rates.get) == "U"


def test_a_stem_breaks_in_its_loop() -> None:
    sequence = "GGCGCGCGAAUAACGCGCGCC"
    rates = predict_hydrolysis(sequence, fold_ensemble(sequence).unpaired)
    assert rates[7:13].min() > rates[:7].max()


def test_linkages_are_one_fewer_than_bases_and_linear_in_what_is_loose() -> None:
    rows = describe_linkages("GAUCA", np.full(5, 0.5))
    assert rows.shape == (4, 6, 4)
    assert [rows[:, k].sum() for k in range(6)] == pytest.approx([4, 4, 2, 2, 1, 1])


def test_protein_has_no_linkages() -> None:
    with pytest.raises(InputError):
        predict_hydrolysis("MKV", np.ones(3))


def test_a_window_is_lost_faster_if_it_is_loose_or_longer() -> None:
    sequence, unpaired = "GAUC" * 50, np.zeros(200)
    tight = predict_degradation(sequence, unpaired, (40, 120))
    unpaired[40:120] = 1.0
    assert 0 < tight < predict_degradation(sequence, unpaired, (40, 120))
    assert predict_degradation(sequence, unpaired, (40, 120)) == pytest.approx(
        2 * predict_degradation(sequence, unpaired, (60, 100)), rel=0.05
    )


def test_the_whole_is_the_window_unless_told() -> None:
    sequence, unpaired = "GAUC" * 5, np.full(20, 0.3)
    assert predict_degradation(sequence, unpaired) == predict_degradation(sequence, unpaired, (0, 20))


def test_one_base_has_nothing_to_break() -> None:
    assert predict_degradation("G", np.ones(1)) == 0.0


@pytest.mark.parametrize("window", [(-1, 2), (3, 2), (0, 5)])
def test_a_window_outside_the_sequence_is_refused(window: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="window"):
        predict_degradation("GAUC", np.ones(4), window)


def test_the_rate_of_a_designed_message_is_that_of_the_measured_ones() -> None:
    # 192 messages of this kind were measured: 0.16 to 0.96 per hour.
    source = np.random.default_rng(5)
    sequence = "".join(source.choice(list("ACGU"), 900))
    assert 0.1 < predict_degradation(sequence, np.full(900, 0.37), (60, 800)) < 1.0
