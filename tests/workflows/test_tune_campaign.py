"""The picture before the run: control wells of both kinds, with readouts and reasons, and nothing else done."""

import shutil

import pytest

from swanneck.foundation.errors import SwanneckError
from swanneck.workflows import tune_campaign


def page_of(screen, wells=2) -> str:
    return tune_campaign(screen.folder, wells=wells).read_text(encoding="utf-8")


def test_controls_of_both_kinds_are_shown_with_the_threshold_and_readouts(fresh) -> None:
    page = page_of(fresh)
    assert page.count("data:image/webp") == 4
    for words in ("A01", "A06", "infected_fraction", "from the control wells"):
        assert words in page or words.replace("_", " ") in page


def test_nothing_is_measured_and_the_run_comes_out_the_same(fresh, screened) -> None:
    page_of(fresh)
    assert {name.split("/")[0] for name in fresh.results()} == {"estimates", "tune.html"}
    fresh.run()
    (fresh.folder / "results" / "tune.html").unlink()
    assert fresh.results() == screened.results()


def test_a_control_that_cannot_be_read_says_why(fresh) -> None:
    fresh.image("A01").write_bytes(b"")
    page = page_of(fresh)
    assert "the image file is empty" in page
    assert page.count("data:image/webp") == 3


def test_a_plate_that_cannot_be_read_does_not_hide_the_others(fresh) -> None:
    for plate in ("P1", "P2"):
        shutil.copytree(fresh.folder / "images", fresh.folder / "plates" / plate)
    for path in (fresh.folder / "plates" / "P2").iterdir():
        path.write_text("no image")
    fresh.edit('folder = "images"', 'folder = "plates"')
    fresh.edit('"{well}_f', '"{plate}/{well}_f')
    fresh.edit('plate = "P1"\n', "")
    layout = (fresh.folder / "platemap.csv").read_text()
    (fresh.folder / "platemap.csv").write_text(layout.replace("P1,", ",").replace("plate,", "none,"))
    page = page_of(fresh)
    assert page.count("data:image/webp") == 4
    assert "plate P2: none of the 48 sampled images can be read" in page


def test_a_campaign_that_cannot_run_cannot_be_tuned(fresh) -> None:
    fresh.edit("Virus =", "Spike =")
    with pytest.raises(SwanneckError, match="Spike"):
        page_of(fresh)
