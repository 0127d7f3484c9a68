"""The picture before the run: control wells of both kinds, with readouts and reasons, and nothing else done."""

import re
import shutil

import polars as pl
import pytest

from swanneck.foundation.errors import SwanneckError
from swanneck.workflows import tune_campaign


def page_of(screen, wells=2, **options) -> str:
    return tune_campaign(screen.folder, wells=wells, **options).read_text(encoding="utf-8")


def wells_shown(page) -> int:
    return page.count("the whole field</figcaption>")


def test_controls_and_two_doses_are_shown_with_the_threshold_and_readouts(fresh) -> None:
    page = page_of(fresh)
    assert wells_shown(page) == 4
    for words in ("A01", "A06", "infected cells / cells", "from the control wells", "Lowest dose", "C001 50 µM"):
        assert words in page
    for name in ("nuclei", "cells"):
        assert page.count(f'<img class="layer {name}"') == 8, "over each whole field and each part"


def test_the_compound_is_a_choice(fresh) -> None:
    assert "C003 50 µM" in page_of(fresh, wells=1, compound="C003")
    with pytest.raises(SwanneckError, match="no plate has images of two doses of aspirin"):
        page_of(fresh, wells=1, compound="aspirin")


def test_without_a_series_of_doses_there_are_the_controls(fresh) -> None:
    layout = pl.read_csv(fresh.folder / "platemap.csv")
    named = layout.with_columns(compound=pl.when(pl.col("role") == "sample").then("well").otherwise("compound"))
    named.write_csv(fresh.folder / "platemap.csv")
    assert wells_shown(page_of(fresh, wells=1)) == 2


def test_nothing_is_measured_and_the_run_comes_out_the_same(fresh, screened) -> None:
    page_of(fresh)
    assert {name.split("/")[0] for name in fresh.results()} == {"estimates", "tune.html"}
    fresh.run()
    (fresh.folder / "results" / "tune.html").unlink()
    assert fresh.results() == screened.results()


def test_condensed_nuclei_are_no_cells_here_either(fresh) -> None:
    def cells() -> list[int]:
        return [int(count) for count in re.findall(r"<td>cells</td><td>(\d+)", page_of(fresh, wells=1))]

    every = cells()
    campaign = fresh.folder / "campaign.toml"
    campaign.write_text(campaign.read_text() + "\n[analysis.condensed]\narea = 100.0\nbrightness = 0.0\n")
    assert min(every) > 0
    assert set(cells()) == {0}


def test_a_control_that_cannot_be_read_says_why(fresh) -> None:
    fresh.image("A01").write_bytes(b"")
    page = page_of(fresh)
    assert "the image file is empty" in page
    assert wells_shown(page) == 4, "another one is shown"


def test_where_no_control_of_a_kind_can_be_read_its_place_says_why(fresh) -> None:
    fresh.image("A01").write_bytes(b"")
    page = page_of(fresh, wells=1)
    assert '<div class="missing">' in page
    assert wells_shown(page) == 3


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
    assert wells_shown(page) == 4
    assert "plate P2: none of the 48 sampled images can be read" in page


def test_a_campaign_that_cannot_run_cannot_be_tuned(fresh) -> None:
    fresh.edit("Virus =", "Spike =")
    with pytest.raises(SwanneckError, match="Spike"):
        page_of(fresh)
