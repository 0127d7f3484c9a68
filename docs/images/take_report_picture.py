"""Take the picture of the README anew: python docs/images/take_report_picture.py demo/results/report/index.html

It shows curves of the report, and the picture of the well behind one point. Needs Playwright and Debian's Chromium.
"""

import argparse
import shutil
from pathlib import Path

import imagecodecs
from playwright.sync_api import Page, sync_playwright

TARGET = Path(__file__).with_name("report.png")
WIDTH, HEIGHT = 1280, 800
SHOWN = {"x": 24, "y": 74, "width": 872, "height": 662}  # the left column of curves, and the picture beside it
OPTIONS = ["--no-sandbox", "--disable-gpu"]


def take(report: Path, target: Path, panel: int) -> None:
    """Open the report, go to the curves, click a point in the middle of a curve, and save what the window shows."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(report.resolve().as_uri())
        page.evaluate("document.querySelector('#curves .panels').scrollIntoView()")
        page.mouse.wheel(0, -70)
        page.wait_for_timeout(500)
        _middle_point(page, panel).click()
        page.wait_for_timeout(500)
        target.write_bytes(_small(page.screenshot(clip=SHOWN)))
        browser.close()


def _middle_point(page: Page, panel: int):  # noqa: ANN202 - Playwright's locator
    return page.locator("#curves .panel").nth(panel).locator(".p[data-w]").nth(5)


def _small(png: bytes) -> bytes:
    return bytes(imagecodecs.png_encode(imagecodecs.png_decode(png), level=9))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--panel", type=int, default=3, help="which curve, from 0; best one of the left column")
    chosen = parser.parse_args()
    take(chosen.report, TARGET, chosen.panel)
