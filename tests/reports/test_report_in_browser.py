"""The page in a real browser: what a user does with it."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

CHROMIUM = shutil.which("chromium")
OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("no browser: Debian's package chromium is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser, written) -> Iterator:
    """Opens a page from the disk; afterwards nothing may have been fetched and nothing complained of."""
    contexts, troubles = [], []

    def open_results(results, width: int = 1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or troubles.append(request.url))
        page.goto(written(results).as_uri())
        return page

    yield open_results
    for context in contexts:
        context.close()
    assert troubles == []


def names(page) -> list[str]:
    return page.locator("#compounds tbody tr:visible th").all_inner_texts()


def test_a_click_sorts_by_number_and_missing_goes_last(open_page, plain_results):
    page = open_page(plain_results)
    head = page.locator("#compounds thead th", has_text="SI")
    expected = plain_results.hits.sort("selectivity_index", nulls_last=True)["compound"].to_list()
    known = plain_results.hits["selectivity_index"].drop_nulls().len()
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert names(page)[:known] == expected[:known]
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert names(page)[:known] == expected[:known][::-1]
    assert set(names(page)[known:]) == set(expected[known:])


def test_the_filter_hides_rows_and_panels(open_page, plain_results):
    page = open_page(plain_results)
    page.locator("#find").fill("CHLORO")
    assert names(page) == ["chloroquine"]
    assert page.locator(".panel:visible").count() == 1
    page.locator("#find").fill("")
    page.locator("#only").check()
    hits = plain_results.hits.filter("is_hit")["compound"].to_list()
    assert names(page) == hits
    assert page.locator("#shown").inner_text().startswith(f"{len(hits)} of 6")


def test_hovering_a_well_shows_what_is_in_it(open_page, plain_results):
    page = open_page(plain_results)
    well = plain_results.wells.filter(well="B05").row(0, named=True)
    number = plain_results.wells["well"].to_list().index("B05")
    page.locator(f'.plate rect[data-w="{number}"]').first.hover()
    told = page.locator("#tip").inner_text()
    assert "P1 B05" in told and well["compound"] in told
    assert f"Cells {well['cell_count']:.0f}" in told


def test_a_failed_well_says_why(open_page, plain_results):
    page = open_page(plain_results)
    number = plain_results.wells["well"].to_list().index("C01")
    page.locator(f'.plate rect[data-w="{number}"]').first.hover()
    assert "the file is truncated" in page.locator("#tip").inner_text()


def test_a_point_opens_the_picture_of_its_well(open_page, plain_results):
    page = open_page(plain_results)
    point = page.locator(".curve .efficacy .p").nth(3)
    point.click()
    picture = page.locator("#picture img")
    assert page.locator("#picture").get_attribute("open") is not None
    assert picture.get_attribute("src").startswith("data:image/webp;base64,")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 32
    assert re.fullmatch(r"P1 [A-H]\d\d, \w+ .* [nµ]M", page.locator("#picture-name").inner_text())
    page.keyboard.press("Escape")
    assert page.locator("#picture").get_attribute("open") is None


def test_points_are_reached_by_keyboard(open_page, plain_results):
    page = open_page(plain_results)
    first = page.locator(".curve").first.locator('[tabindex="0"]')
    first.focus()
    page.keyboard.press("ArrowRight")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "Inhibition (infected cells / cells)" in label
    page.keyboard.press("Enter")
    assert page.locator("#picture-name").inner_text().split(",")[0] in label
    assert page.locator("#picture img").is_visible()


def test_arrow_keys_walk_a_plate_by_row_and_column(open_page, plain_results):
    page = open_page(plain_results)
    page.locator('.plate [tabindex="0"]').first.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    assert page.locator("#tip b").first.inner_text() == "P1 B02"
    assert "Role positive control" in page.locator("#tip").inner_text()


def test_arrow_keys_turn_the_pictures_along_the_doses(open_page, plain_results):
    page = open_page(plain_results)
    page.locator(".curve .efficacy .p").first.click()
    name = page.locator("#picture-name")
    assert name.inner_text().endswith(" 1 nM") and page.locator("#before").is_disabled()
    page.keyboard.press("ArrowRight")
    assert name.inner_text().endswith(" 3.33 nM")
    page.locator("#before").click()
    assert name.inner_text().endswith(" 1 nM")


def test_a_control_on_the_contact_sheet_opens_too(open_page, plain_results):
    page = open_page(plain_results)
    page.locator(".contacts img").first.click()
    assert page.locator("#picture img").is_visible()


def test_a_well_without_a_picture_says_so(open_page, toy_results):
    page = open_page(toy_results(thumbnails=0))
    page.locator(".curve .p").first.click()
    assert page.locator("#picture .absent").is_visible() and not page.locator("#picture img").is_visible()


def test_the_map_shows_the_chosen_readout(open_page, plain_results):
    page = open_page(plain_results)
    assert page.locator("svg.plate:visible").count() == 2
    page.locator("#readout").select_option(label="Mean pathogen intensity per cell")
    chosen = page.locator(".chosen")
    assert page.locator("svg.plate:visible").count() == 1
    assert chosen.locator("figcaption").inner_text() == "Mean pathogen intensity per cell"
    number = plain_results.wells["well"].to_list().index("C01")
    assert chosen.locator(f'[data-w="{number}"]').get_attribute("class") == "none"
    fills = chosen.locator("rect[data-w]").evaluate_all("all => new Set(all.map(one => one.getAttribute('fill'))).size")
    assert fills > 5
    chosen.locator(f'[data-w="{number + 1}"]').hover()
    assert page.locator("#tip").is_visible()
    page.locator("#readout").select_option("")
    assert page.locator("svg.plate:visible").count() == 2


def test_every_map_by_script_has_the_colours_of_the_static_one(open_page, plain_results):
    page = open_page(plain_results)
    read = "all => all.map(one => one.getAttribute('fill'))"
    still = page.locator("svg.plate").first.locator("rect[data-w]").evaluate_all(read)
    page.locator("#readout").select_option("0")
    assert page.locator(".chosen rect[data-w]").evaluate_all(read) == still


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(open_page, toy_results, width):
    results = toy_results(compounds=12, plates=2, size=1536, thumbnails=0)
    long = results.hits.with_columns(pl.col("compound", "reason") + pl.lit("W" * 200))
    page = open_page(replace(results, hits=long, campaign="N" * 200), width)
    page.add_style_tag(content=".panel { content-visibility: visible !important; }")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_printed_it_shows_tables_maps_and_curves(open_page, plain_results):
    page = open_page(plain_results)
    page.locator("#readout").select_option("4")
    page.emulate_media(media="print")
    assert page.locator("#compounds tbody tr:visible").count() == 6
    assert page.locator("svg.plate:visible").count() == 2
    assert page.locator("svg.curve:visible").count() == 6
    assert page.locator(".contacts img:visible").count() == 12
    assert not page.locator("#filter").is_visible() and not page.locator("nav").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_without_script_the_page_is_complete_and_has_no_dead_controls(open_page, plain_results):
    page = open_page(plain_results, java_script_enabled=False)
    assert page.locator("#compounds tbody tr:visible").count() == 6
    assert page.locator("svg.plate:visible").count() == 2
    assert page.locator("svg.curve:visible").count() == 6
    assert page.locator("[role=button]:visible, button:visible, input:visible, select:visible").count() == 0


def test_hostile_names_do_not_run(open_page, plain_results):
    nasty = '<img src=x onerror="document.title=1"><script>document.title = 2</script>'
    named = pl.when(pl.col("compound").is_not_null()).then(pl.lit(nasty))
    tables = {
        name: getattr(plain_results, name).with_columns(compound=named)
        for name in ("wells", "curves", "curve_points", "hits")
    }
    page = open_page(replace(plain_results, campaign="plain", **tables))
    page.locator(".curve .p").first.focus()
    assert nasty in page.locator("#tip").inner_text()
    assert page.title() == "plain – screen report"
