"""What `swanneck images describe` says, and campaigns that read a plate by its vendor's reader."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from swanneck.foundation.errors import InputError
from swanneck.workflows import check_campaign, describe_images, init_campaign

HTD = ['"HTSInfoFile", Version 1.0', '"TimePoints", 2', '"WellsSelection1", TRUE, TRUE', '"Waves", TRUE']
HTD += ['"NWavelengths", 2', '"WaveName1", "DAPI"', '"WaveName2", "FITC"', '"EndFile"']


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """Two wells, two times declared and one taken, two waves of which the second is missing in A02."""
    folder = tmp_path / "plate"
    (folder / "TimePoint_1").mkdir(parents=True)
    (folder / "screen.HTD").write_text("\r\n".join(HTD))
    draw = np.random.default_rng(1)
    for name in ("A01_w1", "A01_w2", "A02_w1"):
        image = draw.integers(0, 900, (32, 48), np.uint16)
        tifffile.imwrite(folder / "TimePoint_1" / f"screen_{name}.TIF", image)
    return folder


def test_a_plate_is_described_line_by_line(plate) -> None:
    text = "\n".join(describe_images(plate).lines)
    assert "1 plate in" in text
    assert "recognised: ImageXpress screen.HTD" in text
    assert "wells: 2, A01 to A02" in text
    assert "fields: 2, 1 per well" in text
    assert "FITC, in 1 of 2 fields" in text
    assert "image: 32 x 48 pixels, uint16" in text
    assert "pixel size: not written" in text


def test_planes_that_were_declared_and_not_taken_are_missing(plate) -> None:
    planes = next(line for line in describe_images(plate).lines if "planes:" in line)
    assert "3 present, 5 missing" in planes
    assert "A02 field 1 FITC" in planes


def test_a_folder_without_images_is_an_error(tmp_path) -> None:
    with pytest.raises(InputError, match="no TIFF or PNG image"):
        describe_images(tmp_path)


def test_init_writes_the_reader_and_check_reads_by_it(plate) -> None:
    made = init_campaign(plate)
    assert 'reader = "imagexpress"' in made.path.read_text()
    check = check_campaign(made.path)
    assert [one.wells for one in check.plates] == [("A01", "A02")]
    assert check.plates[0].reader == "imagexpress"


def test_without_reader_and_pattern_the_vendor_is_recognised(plate) -> None:
    made = init_campaign(plate)
    made.path.write_text(made.path.read_text().replace('reader = "imagexpress"\n', 'z = "best"\n'))
    (found,) = check_campaign(made.path).plates
    assert found.reader == "imagexpress"
    assert found.fields["A01", 1]["DAPI"].z == "best"
