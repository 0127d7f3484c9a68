"""Take the picture of a front anew: python docs/images/take_front_picture.py front/report.html

The page is that of `swanneck vaccine pareto`. Needs Playwright and Debian's Chromium.
"""

import argparse
import shutil
from pathlib import Path

import imagecodecs
from playwright.sync_api import sync_playwright

TARGET = Path(__file__).with_name("spike_front.png")
OPTIONS = ["--no-sandbox", "--disable-gpu"]


def take(report: Path, target: Path) -> None:
    """Open the page and save its picture."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        page = browser.new_page(viewport={"width": 960, "height": 800})
        page.goto(report.resolve().as_uri())
        png = page.locator(".trade").screenshot()
        browser.close()
    target.write_bytes(bytes(imagecodecs.png_encode(imagecodecs.png_decode(png), level=9)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()
    take(arguments.report, arguments.out)
