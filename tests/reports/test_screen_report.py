"""The page as text: complete without its script, the same for the same results, and harmless whatever names hold."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.reports.screen_report import render_hits_csv, render_screen_report, verdict_sentence
from swanneck.reports.screen_results import ScreenResults

NASTY = '<script>alert("x")</script>\' onload="1" µ–β-\u202elactam\x00 ' + "N" * 200


class Tags(HTMLParser):
    """Counts elements and remembers attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def count(self, tag: str, **wanted: str) -> int:
        return sum(
            name == tag and all(own.get(key.rstrip("_")) == value for key, value in wanted.items())
            for name, own in self.found
        )


def script_block(page: str, name: str):
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.S)[1])


def test_equal_results_give_equal_bytes(toy_results):
    assert render_screen_report(toy_results(seed=3)) == render_screen_report(toy_results(seed=3))


def test_the_order_of_wells_does_not_matter(plain_results):
    shuffled = replace(plain_results, wells=plain_results.wells.sample(fraction=1.0, shuffle=True, seed=2))
    assert render_screen_report(shuffled) == render_screen_report(plain_results)


def test_nothing_is_fetched_from_anywhere(plain_results):
    addresses = [
        value
        for _, attributes in Tags(render_screen_report(plain_results)).found
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action")
    ]
    assert {address.split(":")[0] for address in addresses if ":" in address} == {"data"}
    assert {address for address in addresses if ":" not in address and address[0] != "#"} == {"hits.csv"}


def test_every_well_compound_and_curve_point_is_in_the_static_page(plain_results):
    page = Tags(render_screen_report(plain_results))
    wells, points = len(plain_results.wells), plain_results.curve_points
    assert page.count("svg", class_="plate") == 2
    assert page.count("svg", class_="curve") == len(plain_results.hits)
    squares = [own for name, own in page.found if name == "rect" and "data-w" in own and "data-y" not in own]
    assert len(squares) == 2 * wells
    assert sum("data-y" in own for _, own in page.found) == points["response"].drop_nulls().len()


def test_potencies_are_printed_with_their_relations_and_sort_as_numbers(plain_results):
    hits = pl.DataFrame({
        "compound": ["open", "closed"], "is_hit": [True, False], "reason": ["", ""],
        "ic50_molar": [2e-6, 5e-5], "ic50_relation": ["=", ">"], "cc50_molar": [5e-5, 5e-5],
        "cc50_relation": [">", ">"], "selectivity_index": [25.0, None], "selectivity_relation": [">", "undefined"],
    })  # fmt: skip
    page = render_screen_report(replace(plain_results, hits=hits))
    rows = re.findall(r"<tr[^>]*data-row.*?</tr>", page, re.S)
    assert "2 µM" in rows[0] and "&gt;50 µM" in rows[0] and "&gt;25" in rows[0]
    keys = re.findall(r'data-s="([^"]*)"', rows[1])
    assert [float(key) > 5e-5 for key in keys[:2]] == [True, True] and keys[2] == ""


def test_the_interval_of_an_uncensored_potency_stands_below_it(plain_results):
    page = render_screen_report(plain_results)
    curve = plain_results.curves.filter((pl.col("ec50_relation") == "=") & (pl.col("role") == "efficacy")).row(
        0, named=True
    )
    row = re.search(rf"<tr[^>]*>\s*<th[^>]*>[^\n]*{curve['compound']}.*?</tr>", page, re.S)[0]
    assert re.search(r"<small>[\d.]+[^<]*–[\d.]+ [nµ]M</small>", row)


def test_hostile_names_stay_text(plain_results):
    def rename(table: pl.DataFrame) -> pl.DataFrame:
        return table.with_columns(
            pl.when(pl.col("compound") == "lopinavir").then(pl.lit(NASTY)).otherwise("compound").alias("compound")
        )

    renamed = {name: rename(getattr(plain_results, name)) for name in ("wells", "curves", "curve_points", "hits")}
    settings = {NASTY: [NASTY, {NASTY: None}]}
    hostile = replace(
        plain_results, campaign=NASTY, messages=[NASTY], settings=settings, cascade=[(NASTY, 1)], **renamed
    )
    page = render_screen_report(hostile)
    assert Tags(page).count("script") == 3
    assert not any(name.startswith("on") for _, attributes in Tags(page).found for name in attributes)
    assert "\x00" not in page
    assert NASTY.replace("\x00", "\ufffd") in script_block(page, "wells-data")["texts"]


def test_pictures_are_embedded_once(plain_results):
    page = render_screen_report(plain_results)
    asked = script_block(page, "pictures-data")
    placed = [own["data-w"] for name, own in Tags(page).found if name == "img" and "data-w" in own]
    assert len(placed) == 12
    assert not set(placed) & set(asked)
    assert len(asked) + len(placed) == len(plain_results.thumbnails)


def test_failed_and_masked_wells_are_listed_with_their_reasons(plain_results):
    page = render_screen_report(plain_results)
    assert "field 2, Virus: the file is truncated" in page
    masked = plain_results.curve_points.filter("masked")
    assert len(masked) and all(f">P1 {well}<" in page for well in masked["well"])
    assert "4.1 deviations from the curve" in page


def test_no_hits_is_said(plain_results):
    hits = plain_results.hits.with_columns(is_hit=pl.lit(False))
    page = render_screen_report(replace(plain_results, hits=hits))
    assert "No compound meets the hit rule" in page and "0 hits of 6 compounds" in page


def test_a_single_dose_screen_shows_medians_instead_of_curves(plain_results):
    single = plain_results.wells.filter((pl.col("role") != "sample") | (pl.col("concentration_molar") > 4e-5))
    hits = plain_results.hits.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("ic50_molar", "cc50_molar", "selectivity_index")
    )
    points = plain_results.curve_points.filter(pl.col("concentration_molar") > 4e-5)
    page = render_screen_report(
        replace(plain_results, wells=single, hits=hits, curve_points=points, curves=pl.DataFrame())
    )
    assert Tags(page).count("svg", class_="curve") == 0 and 'id="curves"' not in page
    assert len(re.findall(r'<td class="n" data-s="-?\d', page)) == 12


def test_a_plate_without_positive_controls_says_so(plain_results):
    wells = plain_results.wells.filter(pl.col("role") != "positive_control")
    page = render_screen_report(replace(plain_results, wells=wells))
    assert "Plate P1 has no positive control." in page


@pytest.mark.parametrize("kept", [[], ["wells"], ["wells", "hits"], ["wells", "curves"], ["curve_points"], ["plates"]])
def test_any_table_may_be_absent(plain_results, kept):
    empty = {name: pl.DataFrame() for name in ("wells", "plates", "curves", "curve_points", "hits") if name not in kept}
    page = render_screen_report(replace(plain_results, **empty))
    assert page.rstrip().endswith("</html>")


def test_null_everywhere_is_shown_as_absent(plain_results):
    def hollow(table: pl.DataFrame, keep: tuple[str, ...]) -> pl.DataFrame:
        return table.with_columns(
            pl.lit(None, kind).alias(name) for name, kind in table.schema.items() if name not in keep
        )

    tables = {
        name: hollow(getattr(plain_results, name), ("well", "plate"))
        for name in ("wells", "plates", "curves", "curve_points", "hits")
    }
    page = render_screen_report(replace(plain_results, **tables))
    assert "None" not in re.sub(r"<p class=\"none\">None\.</p>", "", page) and ">nan" not in page


def test_infinite_and_missing_numbers_do_not_break_the_pictures(plain_results):
    strange = pl.when(pl.col("well") == "B03").then(float("inf")).when(pl.col("well") == "B04").then(float("nan"))
    wells = plain_results.wells.with_columns(
        strange.otherwise(name).alias(name) for name in ("infected_fraction", "infected_fraction_inhibition")
    )
    page = render_screen_report(replace(plain_results, wells=wells))
    assert not re.search(r'="[^"]*(nan|inf)[^"]*"', re.sub(r"data:image[^\"]*|infected", "", page).lower())


def test_batches_and_cell_lines_have_their_own_rows_and_curves(plain_results):
    def both(table: pl.DataFrame) -> pl.DataFrame:
        return pl.concat([table.with_columns(cell_line=pl.lit(line)) for line in ("Vero", "Calu-3")])

    tables = {name: both(getattr(plain_results, name)) for name in ("curves", "curve_points", "hits")}
    page = render_screen_report(replace(plain_results, **tables))
    assert Tags(page).count("svg", class_="curve") == 12
    assert page.count("<td>Calu-3</td>") == 6
    points = plain_results.curve_points["response"].drop_nulls().len()
    assert len(re.findall(r"data-y=", page)) == 2 * points


def test_a_curve_over_several_plates_takes_the_points_of_all(plain_results):
    pooled = {name: getattr(plain_results, name).with_columns(plate=pl.lit("P1;P2")) for name in ("curves", "hits")}
    page = render_screen_report(replace(plain_results, **pooled))
    assert len(re.findall(r"data-y=", page)) == plain_results.curve_points["response"].drop_nulls().len()


def test_a_1536_well_plate_and_a_thousand_compounds_stay_small(toy_results):
    page = render_screen_report(toy_results(compounds=1040, plates=8, size=1536, thumbnails=0))
    assert Tags(page).count("svg", class_="curve") == 1040
    assert len(page.encode()) < 15e6


def test_the_verdict_counts_hits_and_plates(toy_results):
    one, three = toy_results(), toy_results(compounds=18, plates=3)
    assert verdict_sentence(one) == f"{one.hits['is_hit'].sum()} hits of 6 compounds; plate P1 passes, Z′ 0.71."
    assert "1 of 3 plates pass, Z′ −0.12 to 0.71; with a warning: P2; failed: P3." in verdict_sentence(three)


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(InputError, match="the wells table lacks: plate"):
        render_screen_report(ScreenResults("a", pl.DataFrame({"well": ["A01"]})))


def test_the_csv_has_a_row_per_compound(plain_results):
    lines = render_hits_csv(plain_results).splitlines()
    assert len(lines) == 7 and lines[0].startswith("compound,is_hit")
