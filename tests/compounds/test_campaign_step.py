"""Candidates as the last step of a run: files are checked before the work, paths are seen from the campaign."""

from pathlib import Path

import pytest

from swanneck.foundation.errors import SettingsError
from swanneck.workflows.candidate_settings import EvidenceFiles


def test_relative_paths_are_seen_from_the_campaign(tmp_path):
    (tmp_path / "drugs.txt").touch()
    files = EvidenceFiles(drugs=Path("drugs.txt")).below(tmp_path)
    assert files.drugs == tmp_path / "drugs.txt"
    files.check()


def test_a_missing_file_is_told_before_the_run(tmp_path):
    with pytest.raises(SettingsError, match="a file is missing.*exposure.csv"):
        EvidenceFiles(drugs=Path(__file__), exposure=Path("exposure.csv")).below(tmp_path).check()
