"""Tables filled in tiles: the same as in one piece."""

import random

import numpy as np
import pytest

from swanneck.folding._kernels import LONGEST_LOOP
from swanneck.folding.energy_model import turner_2004
from swanneck.sequences.codons import human_codons
from swanneck.vaccine import DesignSettings, design_coding_sequence
from swanneck.vaccine.codon_graph import CodonCosts, build_codon_graph
from swanneck.vaccine.design_tables import DesignTables, allocate_tables
from swanneck.vaccine.design_tiles import fill_tables

MODEL = turner_2004()


def random_protein(seed: int, residues: int) -> str:
    return "".join(random.Random(seed).choices("ACDEFGHIKLMNPQRSTVWY", k=residues))


def filled(protein: str, *, workers: int, strip: int, span: int | None = None, lambda_: float = 1.0) -> DesignTables:
    graph = build_codon_graph(protein, CodonCosts(human_codons(), lambda_))
    tables = allocate_tables(MODEL, graph, span or 3 * len(protein))
    fill_tables(MODEL, graph, tables, workers=workers, strip=strip)
    return tables


@pytest.mark.parametrize(("residues", "strip"), [(11, 33), (40, 33), (60, 47), (75, 100)])
@pytest.mark.parametrize("lambda_", [0.0, 3.0])
def test_tiles_hold_what_one_piece_holds(residues, strip, lambda_):
    protein = random_protein(residues, residues)
    one = filled(protein, workers=1, strip=strip, lambda_=lambda_)
    many = filled(protein, workers=2, strip=strip, lambda_=lambda_)
    for name in ("paired", "branched", "suffix"):
        np.testing.assert_array_equal(getattr(many, name), getattr(one, name), err_msg=name)


@pytest.mark.parametrize("span", [45, 120])
def test_tiles_out_of_reach_are_left_out(span):
    protein = random_protein(7, 70)
    one, many = (filled(protein, workers=workers, strip=35, span=span) for workers in (1, 3))
    np.testing.assert_array_equal(many.paired, one.paired)
    np.testing.assert_array_equal(many.suffix, one.suffix)


def test_a_design_does_not_depend_on_the_number_of_threads():
    protein = random_protein(3, 120)
    designs = {design_coding_sequence(protein, workers=workers) for workers in (1, 2, 5)}
    assert len(designs) == 1


@pytest.mark.parametrize("loop", [12, LONGEST_LOOP])
def test_progress_counts_to_its_end_in_order(loop):
    told = []
    settings = DesignSettings(longest_loop=loop)
    design_coding_sequence(random_protein(5, 110), settings, workers=2, progress=lambda *step: told.append(step))
    assert told == [("design", number, len(told)) for number in range(1, len(told) + 1)]


def test_a_design_that_is_interrupted_ends_at_once():
    told = []

    def interrupt(*step: object) -> None:
        told.append(step)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        design_coding_sequence(random_protein(5, 160), workers=2, progress=interrupt)
    assert len(told) == 1
