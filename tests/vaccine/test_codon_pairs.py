"""Codon pairs: scores read or refused, and designs equal to trying every sequence."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from swanneck.folding import fold_sequence
from swanneck.foundation.errors import InputError, SettingsError
from swanneck.sequences.codons import human_codons
from swanneck.vaccine import DesignSettings, design_coding_sequence
from swanneck.vaccine.codon_pairs import CodonPairTable, read_codon_pairs

TABLE = human_codons()
CODONS = [codon for residue, codons in TABLE.shares.items() if residue != "*" for codon in codons]


def random_pairs(seed: int) -> CodonPairTable:
    random = np.random.default_rng(seed)
    return CodonPairTable({(one, two): float(random.normal()) for one in CODONS for two in CODONS})


def write(path: Path, kind: str, value) -> Path:
    lines = [f"{one.replace('U', 'T')},{two},{value(one, two)}" for one in CODONS for two in CODONS]
    path.write_text("\n".join([f"first,second,{kind}", *lines]), encoding="utf-8")
    return path


@pytest.mark.parametrize(("protein", "cost", "lambda_"), [
    ("MGKAL", 0.7, 1.0), ("LSRW", 2.0, 0.5), ("SLKG", 5.0, 4.0), ("GPAVK", 1.0, 0.0),
])  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2])
def test_a_design_with_pairs_is_the_best_of_all(protein: str, cost: float, lambda_: float, seed: int) -> None:
    pairs = random_pairs(seed)
    design = design_coding_sequence(protein, DesignSettings(lambda_=lambda_, codon_pair_cost=cost), pairs=pairs)
    best = math.inf
    for codons in itertools.product(*(TABLE.shares[one] for one in protein)):
        rna = "".join(codons)
        loss = -math.log(TABLE.adaptation(rna)) * len(protein)
        best = min(best, fold_sequence(rna).energy + lambda_ * loss + cost * pairs.total_loss(rna))
    # At lambda 0 adaptation decides between equals, by less than 0.01 kcal/mol.
    assert design.objective == pytest.approx(best, abs=0.01 if lambda_ == 0 else 1e-6)
    assert design.is_optimal


def test_pairs_hold_beside_flanks_and_motifs() -> None:
    rules = DesignSettings(codon_pair_cost=1.0, before="GGGACC", after="UGAUGAGCC", avoid=("GCU", "CUG"))
    design = design_coding_sequence("MGKALLRS", rules, pairs=random_pairs(3))
    assert design.is_optimal and "GCU" not in design.rna and "CUG" not in design.rna


def test_scores_are_read_as_they_stand(tmp_path: Path) -> None:
    table = read_codon_pairs(write(tmp_path / "pairs.csv", "score", lambda one, two: float(one == two)))
    assert table.loss("AAG", "AAA") == 1.0 and table.loss("AAG", "AAG") == 0.0
    assert table.total_loss("AAGAAAAAA") == 1.0


def test_counts_that_follow_from_codons_alone_score_nothing(tmp_path: Path) -> None:
    share = {codon: value for codons in TABLE.shares.values() for codon, value in codons.items()}
    path = write(tmp_path / "pairs.csv", "count", lambda one, two: 1e6 * share[one] * share[two])
    assert max(map(abs, read_codon_pairs(path).scores.values())) < 1e-3


@pytest.mark.parametrize(("change", "words"), [
    (lambda text: "", "columns first"), (lambda text: text.replace("score", "worth"), "columns first"),
    (lambda text: text.rsplit("\n", 1)[0], "1 of 3721 pairs"), (lambda text: text + "\nATG,ATG,0", "twice.*line 3723"),
    (lambda text: text + "\nATG,XXX,0", "line 3723"), (lambda text: text + "\nATG", "line 3723"),
    (lambda text: text + "\nATG,ATG,nan", "line 3723"),
], ids=["empty", "columns", "missing", "twice", "codon", "short", "no number"])  # fmt: skip
def test_what_is_no_table_of_pairs_is_refused(tmp_path: Path, change, words: str) -> None:
    path = write(tmp_path / "pairs.csv", "score", lambda one, two: 0.0)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_codon_pairs(path)


def test_a_cost_without_pairs_is_refused_and_the_other_way_round() -> None:
    with pytest.raises(SettingsError, match="go together"):
        design_coding_sequence("MK", DesignSettings(codon_pair_cost=1.0))
    with pytest.raises(SettingsError, match="go together"):
        design_coding_sequence("MK", pairs=random_pairs(1))
