"""The method for nuclei in a campaign: named, checked before the run, part of the keys and of the record."""

import json

import pytest

from swanneck.foundation.errors import InputError, SettingsError
from swanneck.imaging.segmentation import find_nuclei_methods, nuclei_methods
from swanneck.workflows import check_campaign, init_campaign
from swanneck.workflows.campaign import load_campaign


def choose(screen, method):
    screen.append(f'\n[segmentation]\nnuclei_method = "{method}"\n')
    return screen


def test_a_campaign_that_names_none_uses_the_classical_one_and_says_so(done) -> None:
    record = json.loads((done.folder / "results" / "provenance.json").read_text())
    assert record["nuclei_method"] == record["settings"]["segmentation"]["nuclei_method"] == "classical"


def test_the_best_of_this_machine_is_no_method_of_a_campaign(done) -> None:
    with pytest.raises(SettingsError, match=r"names one method.*campaign.toml"):
        load_campaign(choose(done, "best").folder)


def test_a_method_that_is_not_installed_stops_the_run_before_it_starts(done, monkeypatch) -> None:
    monkeypatch.setattr(nuclei_methods, "_has_learned", lambda: False)
    choose(done, "learned")
    assert [finding.code for finding in check_campaign(done.folder).errors] == ["nuclei_method"]
    with pytest.raises(InputError, match=r"onnxruntime.*swanneck\[learned\]"):
        done.run()


def test_another_method_measures_all_wells_anew_and_is_written_down(done) -> None:
    if "learned" not in find_nuclei_methods():
        pytest.skip("onnxruntime is not installed: pip install 'swanneck[learned]'")
    run = choose(done, "learned").run()
    assert (run.n_wells_measured, run.n_wells_kept) == (24, 0)
    record = json.loads((done.folder / "results" / "provenance.json").read_text())
    assert record["nuclei_method"].startswith("learned (weights SHA-256 ")
    assert record["nuclei_method"] in run.report.read_text(encoding="utf-8")


def test_a_new_campaign_names_the_method_that_every_installation_has(done, tmp_path) -> None:
    init_campaign(done.folder / "images", out=tmp_path)
    assert load_campaign(tmp_path).segmentation.nuclei_method == "classical"
