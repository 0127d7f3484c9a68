"""Off-targets against a search of every place, base by base: none is overlooked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swanneck.diagnostics.search.genome_index import build_index
from swanneck.diagnostics.search.off_targets import find_off_targets
from swanneck.folding.duplexes import reverse_complement
from swanneck.sequences.fasta import FastaRecord


def plainly(oligos, records, mismatches):
    """List every site by looking at every place."""
    found = []
    for number, record in enumerate(records):
        for row, oligo in enumerate(oligos):
            for reverse, word in ((False, oligo), (True, reverse_complement(oligo))):
                for start in range(len(record) - len(word) + 1):
                    site = record[start : start + len(word)]
                    wrong = [i for i, (a, b) in enumerate(zip(word, site, strict=True)) if a != b]
                    if len(wrong) <= mismatches:
                        near = sum(i < 5 if reverse else i >= len(word) - 5 for i in wrong)
                        found.append((row, number, start, reverse, len(wrong), near))
    return sorted(found, key=lambda one: (one[1], one[2], one[0], one[3]))


@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
@settings(max_examples=40)
def test_every_site_is_found(seed, mismatches):
    rng = np.random.default_rng(seed)
    records = ["".join(rng.choice(list("ACGTN"), rng.integers(10, 400), p=[0.24] * 4 + [0.04])) for _ in range(3)]
    oligos = []
    for _ in range(6):
        record = records[rng.integers(3)]
        word = list((record * 8)[: rng.integers(16, 60)].replace("N", "A"))
        for place in rng.choice(len(word), rng.integers(0, 5), replace=False):
            word[place] = "ACGT"[rng.integers(4)]
        oligos.append(reverse_complement("".join(word)) if rng.random() < 0.5 else "".join(word))
    found = find_off_targets(
        oligos, [FastaRecord(str(i), "", one) for i, one in enumerate(records)], mismatches=mismatches
    )
    rows = zip(found.oligo.tolist(), found.record.tolist(), found.start.tolist(), found.reverse.tolist(),
               found.mismatches.tolist(), found.three_prime.tolist(), strict=True)  # fmt: skip
    assert sorted(rows, key=lambda one: (one[1], one[2], one[0], one[3])) == plainly(oligos, records, mismatches)


@pytest.mark.parametrize("place", [0, 31, 32, 33, 63, 64, 95])
def test_sites_across_packed_words_are_found(place):
    oligo = "ACGGTCATTGCAGGCTTAACGATCAGTTCGACCTAGG"
    sequence = "A" * place + oligo + "A" * (140 - place)
    assert place in find_off_targets([oligo], [FastaRecord("b", "", sequence)]).start.tolist()


def test_an_index_on_disk_finds_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("swanneck.diagnostics.search.genome_index._CHUNK", 256)
    monkeypatch.setattr("swanneck.diagnostics.search.genome_index._READ", 100)
    rng = np.random.default_rng(6)
    records = [
        FastaRecord(f"r{i}", "", "".join(rng.choice(list("ACGTN"), 700, p=[0.24] * 4 + [0.04]))) for i in range(3)
    ]
    lines = [f">{one.name} words\n" + "\n".join(one.sequence[i : i + 60] for i in range(0, 700, 60)) for one in records]
    (tmp_path / "g.fasta").write_text("\n".join(lines) + "\n")
    oligos = [records[i % 3].sequence[at : at + 24].replace("N", "A") for i, at in enumerate(range(10, 640, 35))]
    index = build_index(tmp_path / "g.fasta", tmp_path / "index")
    plain, stored = find_off_targets(oligos, records), index.find(oligos)
    assert index.names == ("r0", "r1", "r2")
    for name in ("oligo", "record", "start", "reverse", "mismatches", "three_prime", "last_two"):
        assert getattr(plain, name).tolist() == getattr(stored, name).tolist()
    assert plain.start.size > 10
