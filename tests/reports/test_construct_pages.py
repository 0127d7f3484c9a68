"""The pages of a construct and of a front: complete, and nothing hangs over on a telephone."""

import shutil
from pathlib import Path

import pytest

from swanneck.reports.construct_report import render_construct_report
from swanneck.reports.front_report import render_front_report
from swanneck.reports.structure_drawings import draw_arcs, draw_mountain
from swanneck.vaccine import DesignSettings, design_construct, find_front, score_sequence
from swanneck.vaccine.references import ReferenceSequence

CHROMIUM = shutil.which("chromium")


def construct_page(protein: str = "MGKALLRSWDERT", **settings) -> str:
    construct = design_construct("small & <b>odd</b>", protein, design_settings=DesignSettings(**settings))
    return render_construct_report(construct, score_sequence(construct.design.rna), ("a note",))


def test_a_construct_page_says_what_is_proved_and_escapes_names() -> None:
    page = construct_page()
    assert "proved optimal" in page
    assert "12 checks passed" in page
    assert "a note" in page
    assert "<b>odd</b>" not in page
    assert "N1-methylpseudouridine is outside" in page


def test_a_design_without_long_pairs_is_not_called_proved() -> None:
    assert "optimality is not proved" in construct_page("MGKALLRSWDERTA", longest_span=40)


def test_a_front_page_has_every_point_and_what_is_compared() -> None:
    front = find_front("MGKALLRSWDERT", points=4)
    page = render_front_report("small", front, [ReferenceSequence("licensed", "", 0.998, -3.0, 0.9)])
    assert page.count('class="point"') == len(front.points)
    assert page.count("licensed") >= 2 and "99.8 %" in page


@pytest.mark.parametrize("structure", [".", "(...)", "....", "((((...))))" * 400], ids=["one", "pair", "none", "many"])
def test_any_structure_is_drawn(structure: str) -> None:
    assert str(draw_mountain(structure)).startswith("<svg")
    assert str(draw_arcs(structure)).startswith("<svg")


def test_pages_fit_a_telephone_and_fetch_nothing(tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")
    if CHROMIUM is None:
        pytest.skip("no browser: Debian's package chromium is not installed")
    (tmp_path / "page.html").write_text(construct_page(), encoding="utf-8")
    troubles: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.on("console", lambda message: troubles.append(message.text))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or troubles.append(asked.url))
        page.goto((tmp_path / "page.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert troubles == []
