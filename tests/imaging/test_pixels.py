"""Pixels come out as they were stored, or a clear error does."""

import hashlib
import logging
import os
import pickle
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from swanneck.foundation.errors import ImageError
from swanneck.imaging.readers import ImageFile, ImagePlane, pixels, read_image_facts, read_plane, read_plane_with_digest

RNG = np.random.default_rng(1)
GREY16 = RNG.integers(0, 60_000, (31, 37)).astype(np.uint16)
GREY8 = (GREY16 >> 8).astype(np.uint8)


def plane(path: Path, page: int = 0) -> ImagePlane:
    return ImagePlane("DNA", (ImageFile(1, 1, path, page),))


def written(path: Path, image, **options) -> Path:
    tifffile.imwrite(path, image, **options)
    return path


# --- good files


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "int16", "uint32"])
@pytest.mark.parametrize("options", [
    {}, {"byteorder": ">"}, {"bigtiff": True}, {"compression": "zlib"}, {"compression": "lzw", "predictor": True},
    {"tile": (16, 16)}, {"compression": "zstd", "tile": (16, 16)}, {"rowsperstrip": 5},
], ids=str)  # fmt: skip
def test_grey_tiff_is_given_as_stored(tmp_path, dtype, options):
    image = (GREY16 % 251).astype(dtype)
    read = read_plane(plane(written(tmp_path / "a.tif", image, **options)), shape=image.shape)
    assert read.dtype == image.dtype and read.flags.c_contiguous and read.flags.writeable
    np.testing.assert_array_equal(read, image)


def test_files_of_imagej(tmp_path):
    for image in (GREY8, GREY16, GREY16.astype(np.float32)):
        np.testing.assert_array_equal(read_plane(plane(written(tmp_path / "a.tif", image, imagej=True))), image)


def test_the_digest_is_that_of_the_file(tmp_path):
    path = written(tmp_path / "a.tif", GREY16)
    image, digest = read_plane_with_digest(plane(path))
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    np.testing.assert_array_equal(image, GREY16)


def test_pages_are_channels(tmp_path):
    path = written(tmp_path / "a.tif", np.stack([GREY16, GREY16 + 1]), photometric="minisblack")
    np.testing.assert_array_equal(read_plane(plane(path, 1)), GREY16 + 1)
    assert read_image_facts(path).n_pages == 2
    with pytest.raises(ImageError, match="page 3 is wanted, the file has 2"):
        read_plane(plane(path, 2))


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colour_with_equal_channels_is_grey(tmp_path, planar):
    image = np.stack([GREY8] * 3, axis=-1 if planar == "contig" else 0)
    path = written(tmp_path / "a.tif", image, photometric="rgb", planarconfig=planar)
    np.testing.assert_array_equal(read_plane(plane(path)), GREY8)


def test_colour_with_one_channel_in_use_is_that_channel(tmp_path):
    path = written(tmp_path / "a.tif", np.stack([0 * GREY8, GREY8, 0 * GREY8], -1), photometric="rgb")
    np.testing.assert_array_equal(read_plane(plane(path)), GREY8)


def test_colour_with_different_channels_is_refused(tmp_path):
    path = written(tmp_path / "a.tif", np.stack([GREY8, GREY8 // 2, GREY8], -1), photometric="rgb")
    with pytest.raises(ImageError, match="colour image whose channels differ"):
        read_plane(plane(path))


RAMP = np.arange(256) * 257


@pytest.mark.parametrize("colours, meant", [
    ([RAMP, RAMP, RAMP], GREY8), ([0 * RAMP, RAMP, 0 * RAMP], GREY8), ([RAMP // 2] * 3, ((RAMP // 2) >> 8)[GREY8]),
    ([RAMP[::-1], RAMP, RAMP // 3], GREY8),
], ids=["grey ramp", "green ramp", "half-bright ramp", "false colours"])  # fmt: skip
def test_palettes_become_grey(tmp_path, colours, meant):
    palette = np.array(colours, np.uint16)
    path = written(tmp_path / "a.tif", GREY8, photometric="palette", colormap=palette)
    np.testing.assert_array_equal(read_plane(plane(path)), meant)


def test_inverted_grey_is_turned_round(tmp_path):
    path = written(tmp_path / "a.tif", GREY16, photometric="miniswhite")
    np.testing.assert_array_equal(read_plane(plane(path)), 65535 - GREY16)


@pytest.mark.parametrize("image", [GREY8, GREY16, np.stack([GREY8] * 3, -1)], ids=["8 bit", "16 bit", "colour"])
def test_png(tmp_path, image):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(image))
    read, digest = read_plane_with_digest(plane(tmp_path / "a.png"))
    np.testing.assert_array_equal(read, image if image.ndim == 2 else GREY8)
    assert digest == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert read_image_facts(tmp_path / "a.png").shape == GREY8.shape


def test_facts_are_known_without_the_pixels(tmp_path):
    facts = read_image_facts(written(tmp_path / "a.tif", GREY16, compression="zlib"))
    assert (facts.shape, facts.dtype, facts.n_pages) == ((31, 37), "uint16", 1)


def test_a_projection_is_the_maximum_of_its_stack(tmp_path):
    files = tuple(ImageFile(1, z, written(tmp_path / f"{z}.tif", np.roll(GREY16, z))) for z in (1, 2))
    image, digest = read_plane_with_digest(ImagePlane("DNA", files, "max"))
    np.testing.assert_array_equal(image, np.maximum(np.roll(GREY16, 1), np.roll(GREY16, 2)))
    assert digest != read_plane_with_digest(ImagePlane("DNA", files, 1))[1]


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}], ids=str)
def test_large_files_are_read_in_parts(tmp_path, options, monkeypatch):
    monkeypatch.setattr(pixels, "_IN_MEMORY", 10)
    path = written(tmp_path / "a.tif", np.stack([GREY16, GREY16 + 1]), photometric="minisblack", **options)
    image, digest = read_plane_with_digest(plane(path, 1))
    np.testing.assert_array_equal(image, GREY16 + 1)
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes()[:-900])
    check_error(path, ".", page=1)


# --- bad files


def check_error(path: Path, says: str, *, page: int = 0, **options) -> None:
    with pytest.raises(ImageError, match=says) as caught:
        read_plane_with_digest(plane(path, page), **options)
    assert str(path) in caught.value.where and caught.value.remedy
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_missing_empty_and_what_is_no_file(tmp_path):
    check_error(tmp_path / "absent.tif", "missing")
    (tmp_path / "empty.tif").touch()
    check_error(tmp_path / "empty.tif", "empty")
    (tmp_path / "folder.tif").mkdir()
    check_error(tmp_path / "folder.tif", "a folder or a device")
    os.mkfifo(tmp_path / "pipe.tif")
    check_error(tmp_path / "pipe.tif", "a folder or a device")
    (tmp_path / "loop.tif").symlink_to(tmp_path / "loop.tif")
    check_error(tmp_path / "loop.tif", "cannot be read")


@pytest.mark.parametrize("content", [b"hello, I am text", b"x", b"\xff\xd8\xff\xe0 a photograph", b"\0" * 4096])
def test_what_is_no_image_whatever_its_name(tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)
    check_error(tmp_path / "a.tif", "a TIFF or PNG image is wanted")


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"compression": "lzw"}, {"rowsperstrip": 4}], ids=str)
def test_every_truncation_is_an_error(tmp_path, options, caplog):
    whole = written(tmp_path / "a.tif", GREY16, **options, metadata=None).read_bytes()
    for length in [*range(1, 260, 7), *range(260, len(whole) - 1, len(whole) // 12), len(whole) - 1]:
        (tmp_path / "a.tif").write_bytes(whole[:length])
        check_error(tmp_path / "a.tif", ".")
    assert not caplog.records


def test_truncated_png(tmp_path):
    whole = imagecodecs.png_encode(GREY16)
    for length in (4, 10, 25, 40, len(whole) // 2, len(whole) - 20):
        (tmp_path / "a.png").write_bytes(whole[:length])
        check_error(tmp_path / "a.png", "truncated|damaged")


def test_another_size_than_the_plate(tmp_path):
    check_error(
        written(tmp_path / "a.tif", GREY16), "plate's images have 10 x 10 pixels, this one 31 x 37", shape=(10, 10)
    )


def test_pixels_that_are_not_numbers(tmp_path):
    image = GREY16.astype(np.float32)
    image[3, 4] = np.nan
    check_error(written(tmp_path / "a.tif", image), "1 pixels of the image are not numbers")


def test_masks_and_complex_images_are_refused(tmp_path):
    check_error(written(tmp_path / "mask.tif", GREY8 > 9), "image of numbers is wanted, got bool")
    check_error(written(tmp_path / "wave.tif", GREY8.astype(np.complex64)), "image of numbers is wanted, got complex")


def test_volumes_are_refused(tmp_path):
    path = written(
        tmp_path / "a.tif", np.zeros((4, 32, 32), np.uint8), volumetric=True, tile=(4, 32, 32), photometric="minisblack"
    )
    check_error(path, "flat image")


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("rows", [2**20, 2**31, 60_000])
def test_absurd_sizes_take_no_memory(tmp_path, compression, rows):
    content = bytearray(written(tmp_path / "a.tif", GREY16, compression=compression, metadata=None).read_bytes())
    for tag, value in ((256, 60_000), (257, rows)):
        entry = _entry(content, tag)
        content[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, value)
    (tmp_path / "a.tif").write_bytes(content)
    check_error(tmp_path / "a.tif", "too large|truncated|cannot hold")


def _entry(content: bytes, tag: int) -> int:
    (directory,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, directory)
    places = [directory + 2 + 12 * number for number in range(count)]
    return next(place for place in places if struct.unpack_from("<H", content, place)[0] == tag)


def test_absurd_png_sizes_take_no_memory(tmp_path):
    content = bytearray(imagecodecs.png_encode(GREY8))
    for size in (2**31 - 1, 20_000):
        content[16:24] = struct.pack(">II", size, size)
        (tmp_path / "a.png").write_bytes(content)
        check_error(tmp_path / "a.png", "too large|cannot hold")


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"compression": "lzw", "tile": (16, 16)}], ids=str)
def test_flipped_bits_give_pixels_or_a_clear_error(tmp_path, options, caplog):
    whole = written(tmp_path / "a.tif", GREY16, **options).read_bytes()
    path = tmp_path / "b.tif"
    rng = np.random.default_rng(7)
    for _ in range(120):
        content = bytearray(whole)
        for place in rng.integers(0, min(len(content), 400), rng.integers(1, 6)):
            content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        try:
            assert read_plane(plane(path)).ndim == 2
        except ImageError as error:
            assert error.where
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_palette_plate_equals_its_grey_copy(shared_data):
    folder = shared_data / "plates" / "bbbc013_wortmannin"
    for path in sorted((folder / "original_tif_sample").glob("*.tif")):
        np.testing.assert_array_equal(read_plane(plane(path)), read_plane(plane(folder / "images" / path.name)))
