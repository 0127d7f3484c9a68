"""FASTA files as they come: compressed, with other line ends, damaged, or something else."""

import gzip
import lzma

import pytest

from swanneck.foundation.errors import InputError
from swanneck.sequences.fasta import FastaRecord, check_aligned, check_nucleotides, read_fasta

TEXT = b">a first\nACGT\nacgn\n\n>b\r\nAC-T\r\n"
# A fixed time in the header: the names of tests must be the same in every worker.
GZIPPED = gzip.compress(TEXT, mtime=0)
READ = [FastaRecord("a", "first", "ACGTACGN"), FastaRecord("b", "", "AC-T")]


@pytest.mark.parametrize(("name", "content"), [
    ("a.fasta", TEXT), ("a.fasta.gz", GZIPPED), ("a.fasta.xz", lzma.compress(TEXT)),
    ("compressed_without_saying.fasta", GZIPPED), ("bom.fasta", b"\xef\xbb\xbf" + TEXT),
])  # fmt: skip
def test_plain_and_compressed_files_read_alike(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert read_fasta(tmp_path / name) == READ


@pytest.mark.parametrize(("content", "told"), [
    (b"", "an empty file"), (b"ACGT\n", "begins with '>'"), (b">a\n>b\nACGT\n", "no letters"),
    (b"\x89PNG\r\n\xff\xfe", "other bytes"), (GZIPPED[:-9], "cannot read"),
    (lzma.compress(TEXT)[:-9], "cannot read"), (GZIPPED[:12] + b"\xff" * 30, "cannot read"),
])  # fmt: skip
def test_other_files_are_refused_with_the_reason(tmp_path, content, told):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_fasta(tmp_path / "file")


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_fasta(tmp_path / "absent.fasta")
    with pytest.raises(InputError, match="cannot read"):
        read_fasta(tmp_path)


def test_a_protein_is_told_from_nucleotides_also_by_letters_that_could_be_both():
    check_nucleotides([FastaRecord("g", "", "ACGTNNRY--" * 3), FastaRecord("n", "", "N" * 50)])
    with pytest.raises(InputError, match="protein"):
        check_nucleotides([FastaRecord("p", "", "MKVHSDRWYMKVHSDRWY")])


def test_sequences_of_several_lengths_are_no_alignment():
    with pytest.raises(InputError, match="'b' 3"):
        check_aligned([FastaRecord("a", "", "ACGT"), FastaRecord("b", "", "ACG")])
