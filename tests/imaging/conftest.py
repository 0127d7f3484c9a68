"""A toy plate as each vendor would write it: wells A01, B02, B10, two fields, two channels, two z."""

# ruff: noqa: E501 - elements of XML are easier to read unbroken

import json
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
import zarr

WELLS = ("A01", "B02", "B10")
CHANNELS = ("DNA", "Virus")
PIXEL_UM, Z_STEP_UM = 0.5, 2.0
EMISSION = {"DNA": 450.0, "Virus": 525.0}
OFFSETS = {1: (-100.0, 50.0), 2: (100.0, 50.0)}  # field -> x, y (upwards)
GUID = "0A1B2C3D-0000-1111-2222-333344445555"


def planes() -> Iterator[tuple[str, int, int, int, int]]:
    """Well, field, channel from 1, z from 1, and the value of all its pixels."""
    for value, (well, field, channel, z) in enumerate(product(WELLS, (1, 2), (1, 2), (1, 2)), start=1):
        yield well, field, channel, z, value


def image(value: int) -> np.ndarray:
    return np.full((4, 5), value, np.uint16)


def write(path: Path, value: int, description: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, image(value), description=description, metadata=None)


def row_column(well: str) -> tuple[int, int]:
    return ord(well[0]) - 64, int(well[1:])


def harmony(folder: Path, version: int = 5) -> Path:
    """Version 5 repeats the channel's facts in each image; version 6 has them in the maps."""
    entries, images = [], []
    facts = {
        str(number): f"<ChannelName>{name}</ChannelName><ImageResolutionX Unit='m'>5E-07</ImageResolutionX>"
        f"<MainEmissionWavelength Unit='nm'>{EMISSION[name]:g}</MainEmissionWavelength>"
        for number, name in enumerate(CHANNELS, start=1)
    }
    for key, said in facts.items():
        entries.append(f"<Entry ChannelID='{key}'>{said if version > 5 else ''}</Entry>")
    for well, field, channel, z, value in planes():
        row, column = row_column(well)
        name = f"r{row:02d}c{column:02d}f{field:02d}p{z:02d}-ch{channel}sk1fk1fl1.tiff"
        write(folder / "Images" / name, value)
        x, y = OFFSETS[field]
        images.append(
            f"<Image Version='1'><id>x</id><State>Ok</State><URL>{name}</URL><Row>{row}</Row><Col>{column}</Col>"
            f"<FieldID>{field}</FieldID><PlaneID>{z}</PlaneID><TimepointID>0</TimepointID><ChannelID>{channel}</ChannelID>"
            f"{facts[str(channel)] if version == 5 else ''}<PositionX Unit='m'>{x * 1e-6}</PositionX>"
            f"<PositionY Unit='m'>{y * 1e-6}</PositionY><PositionZ Unit='m'>{z * 2e-6}</PositionZ></Image>"
        )
    text = (
        f"\ufeff<?xml version='1.0' encoding='utf-8'?><EvaluationInputData xmlns='http://www.perkinelmer.com/PEHH/"
        f"HarmonyV{version}'><Plates><Plate><Name>Toy</Name></Plate></Plates><Wells><Well><Image id='x'/></Well></Wells>"
        f"<Maps><Map>{''.join(entries)}</Map></Maps><Images>{''.join(images)}</Images></EvaluationInputData>"
    )
    index = folder / "Images" / ("Index.idx.xml" if version == 5 else "Index.xml")
    index.write_text(text, encoding="utf-8")
    return index


def imagexpress(folder: Path) -> Path:
    for well, field, channel, z, value in planes():
        x, y = OFFSETS[field]
        emission = EMISSION[CHANNELS[channel - 1]]
        text = (
            f'<MetaData><PlaneInfo><prop id="spatial-calibration-state" value="on"/><prop id="wavelength" value="{emission}"/>'
            f'<prop id="spatial-calibration-units" value="um"/><prop id="spatial-calibration-x" value="{PIXEL_UM}"/>'
            f'<custom-prop id="OffsetFromWellCenterUmX" value="{x}"/><custom-prop id="OffsetFromWellCenterUmY" value="{-y}"/>'
            f'<custom-prop id="Z Projection Step Size" value="{Z_STEP_UM}"/></PlaneInfo></MetaData>'
        )
        write(folder / f"TimePoint_1/ZStep_{z}/Toy_{well}_s{field}_w{channel}{GUID}.TIF", value, text)
        write(folder / f"TimePoint_1/ZStep_{z}/Toy_{well}_s{field}_w{channel}_thumb{GUID}.TIF", 0)
    lines = ['"HTSInfoFile", Version 1.0', '"Description", "30 \x85C, caf\xe9"', '"TimePoints", 1', '"ZSeries", TRUE']
    lines += ['"ZSteps", 2', '"WellsSelection1", TRUE, FALSE', '"WellsSelection2", FALSE, TRUE, TRUE', '"Sites", TRUE']
    lines += ['"XSites", 2', '"YSites", 1', '"SiteSelection1", TRUE, TRUE', '"Waves", TRUE', '"NWavelengths", 2']
    lines += ['"WaveName1", "DNA"', '"WaveName2", "Virus"', '"EndFile"']
    htd = folder / "Toy.HTD"
    htd.write_bytes("\r\n".join(lines).encode("latin-1"))
    return htd


def yokogawa(folder: Path) -> Path:
    space = "xmlns:bts='http://www.yokogawa.co.jp/BTS/BTSSchema/1.0'"
    records = []
    for well, field, channel, z, value in planes():
        row, column = row_column(well)
        name = f"Toy_{well}_T0001F{field:03d}L01A01Z{z:02d}C{channel:02d}.tif"
        write(folder / name, value)
        x, y = OFFSETS[field]
        records.append(
            f"<bts:MeasurementRecord bts:Type='IMG' bts:Column='{column}' bts:Row='{row}' bts:TimePoint='1' "
            f"bts:FieldIndex='{field}' bts:ZIndex='{z}' bts:X='{x}' bts:Y='{y}' bts:Z='{2 * z}' bts:Ch='{channel}'>{name}"
            "</bts:MeasurementRecord>"
        )
    records.append("<bts:MeasurementRecord bts:Type='ERR' bts:Column='1' bts:Row='1'>laser</bts:MeasurementRecord>")
    mlf = folder / "MeasurementData.mlf"
    mlf.write_text(f"<?xml version='1.0'?><bts:MeasurementData {space}>{''.join(records)}</bts:MeasurementData>")
    (folder / "MeasurementDetail.mrf").write_text(
        f"<bts:MeasurementDetail {space} bts:MeasurementSettingFileName='toy.mes'><bts:MeasurementSamplePlate bts:Name='Toy'/>"
        "<bts:MeasurementChannel bts:Ch='1' bts:HorizontalPixelDimension='0.5'/></bts:MeasurementDetail>"
    )
    (folder / "toy.mes").write_text(
        f"<bts:MeasurementSetting {space}><bts:ChannelList><bts:Channel bts:Ch='1' bts:Target='DNA' "
        "bts:Acquisition='BP450/50'/><bts:Channel bts:Ch='2' bts:Target='Virus' bts:Acquisition='BP525/50'/>"
        "</bts:ChannelList></bts:MeasurementSetting>"
    )
    return mlf


def in_cell(folder: Path) -> Path:
    images = []
    for well, field, channel, z, value in planes():
        row, column = row_column(well)
        name = f"{well[0]} - {column}(fld {field} wv {channel} z {z}).tif"
        write(folder / name, value)
        x, y = OFFSETS[field]
        images.append(
            f"<Image filename='{name}'><Well label='x'><Row number='{row}'/><Column number='{column}'/></Well>"
            f"<Identifier field_index='{field - 1}' z_index='{z - 1}' time_index='0' wave_index='{channel - 1}'/>"
            f"<OffsetFromWellCenter x='{x}' y='{y}'/></Image>"
        )
    waves = "".join(
        f"<Wavelength index='{number}'><EmissionFilter name='{name}' wavelength='{EMISSION[name]:g}'/></Wavelength>"
        for number, name in enumerate(CHANNELS)
    )
    index = folder / "Toy.xdce"
    index.write_text(
        f"<ImageStack><Protocol><ObjectiveCalibration pixel_width='{PIXEL_UM}'/><ZDimensionParameters enabled='true' "
        f"step='{Z_STEP_UM}'/><Wavelengths>{waves}</Wavelengths></Protocol><Images>{''.join(images)}</Images></ImageStack>"
    )
    return index


def ome_tiff(folder: Path) -> Path:
    """One file per field, with channels and z in its pages; the wells are in the names."""
    stacks: dict[tuple[str, int], np.ndarray] = {}
    for well, field, channel, z, value in planes():
        stacks.setdefault((well, field), np.zeros((2, 2, 4, 5), np.uint16))[channel - 1, z - 1] = value
    folder.mkdir(exist_ok=True, parents=True)
    for (well, field), stack in stacks.items():
        x, y = OFFSETS[field]
        said = {"PositionX": [x] * 4, "PositionY": [y] * 4, "PositionXUnit": ["µm"] * 4, "PositionYUnit": ["µm"] * 4}
        facts = {"Name": list(CHANNELS), "EmissionWavelength": list(EMISSION.values())}
        metadata = {"axes": "CZYX", "PhysicalSizeX": PIXEL_UM, "PhysicalSizeXUnit": "µm", "PhysicalSizeZ": Z_STEP_UM}
        path = folder / f"{well}_f{field}.ome.tif"
        tifffile.imwrite(path, stack, metadata=metadata | {"Channel": facts, "Plane": said})
    return path


def ome_zarr(folder: Path, version: str = "0.4") -> Path:
    old = version == "0.4"
    stacks: dict[str, np.ndarray] = {}
    for well, field, channel, z, value in planes():
        path = f"{well[0]}/{int(well[1:])}/{field - 1}"
        stacks.setdefault(path, np.zeros((2, 2, 4, 5), np.uint16))[channel - 1, z - 1] = value

    def group(path: str, said: dict) -> None:
        here = folder / path
        here.mkdir(parents=True, exist_ok=True)
        if old:
            (here / ".zattrs").write_text(json.dumps(said))
            return
        ome = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": version} | said}}
        (here / "zarr.json").write_text(json.dumps(ome))

    wells = sorted({path.rpartition("/")[0] for path in stacks})
    group("", {"plate": {"name": "Toy", "wells": [{"path": path} for path in wells]}})
    for well in wells:
        group(well, {"well": {"images": [{"path": "0"}, {"path": "1"}]}})
    for path, stack in stacks.items():
        x, y = OFFSETS[int(path[-1]) + 1]
        axes = [{"name": name, "unit": "micrometer"} for name in "czyx"]
        moves = [{"type": "scale", "scale": [1, Z_STEP_UM, PIXEL_UM, PIXEL_UM]}]
        moves.append({"type": "translation", "translation": [0, 0, -y, x]})
        scales = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": moves}]}
        omero = [{"label": name, "emission_wavelength": EMISSION[name]} for name in CHANNELS]
        group(path, {"multiscales": [scales], "omero": {"channels": omero}})
        options = {"chunks": (1, 1, 4, 5)} if old else {"chunks": (1, 1, 2, 5), "shards": (1, 2, 4, 5)}
        target = zarr.create_array(
            folder / path / "0", shape=stack.shape, dtype=stack.dtype, zarr_format=2 if old else 3, **options
        )
        target[:] = stack
    return folder / (".zattrs" if old else "zarr.json")


def cytation(folder: Path) -> Path:
    """Gen5's names have no z: the first z is taken."""
    for well, field, channel, z, value in planes():
        name = CHANNELS[channel - 1]
        text = (
            f"<BTIImageMetaData><ImageAcquisition><PixelWidth>5</PixelWidth><ImageWidthMicrons>2.5</ImageWidthMicrons>"
            f"<Channel Color='{name} 377,{EMISSION[name]:g}'/></ImageAcquisition></BTIImageMetaData>"
        )
        if z == 1:
            write(folder / f"{well}_-1_{channel}_{field}_{name}_001.tif", value, text)
    return folder / f"A01_-1_1_1_{CHANNELS[0]}_001.tif"


def pattern(folder: Path) -> Path:
    for well, field, channel, z, value in planes():
        write(folder / f"{well}_f{field}_z{z}_{CHANNELS[channel - 1]}.tif", value)
    return folder / "A01_f1_z1_DNA.tif"


class FakeBioImage:
    """What the reader uses of bioio's BioImage, on a JSON file: scenes by name, each with wells' planes as values."""

    def __init__(self, path: Path) -> None:
        self._scenes = json.loads(path.read_text())
        self.scenes = tuple(self._scenes)
        self.physical_pixel_sizes = SimpleNamespace(X=PIXEL_UM, Y=PIXEL_UM, Z=Z_STEP_UM)
        self.dtype = np.dtype(np.uint16)
        self.channel_names = list(CHANNELS)
        self.standard_metadata = SimpleNamespace(row=None, column=None)
        self.set_scene(0)

    def set_scene(self, number: int) -> None:
        self._values = np.array(self._scenes[self.scenes[number]])
        self.dims = SimpleNamespace(T=1, C=self._values.shape[0], Z=self._values.shape[1], Y=4, X=5)

    def get_image_dask_data(self, order: str, *, T: int, C: int, Z: int) -> SimpleNamespace:  # noqa: N803
        assert (order, T) == ("YX", 0)
        return SimpleNamespace(compute=lambda scheduler: image(int(self._values[C, Z])))


def bioio(folder: Path) -> Path:
    """One file for the plate, one scene for each field; its content is what the fake bioio reads."""
    scenes: dict[str, list[list[int]]] = {}
    for well, field, channel, _, value in planes():
        name = f"{well}-P{field}"
        scenes.setdefault(name, [[], []])[channel - 1].append(value)
    path = folder / "Toy.nd2"
    path.write_text(json.dumps(scenes))
    return path


@pytest.fixture(autouse=True)
def fake_bioio(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Stands in for bioio: real files of these vendors cannot be written here."""
    if "real_bioio" not in request.fixturenames:
        monkeypatch.setitem(sys.modules, "bioio", SimpleNamespace(BioImage=FakeBioImage))


TREES: dict[str, Callable[[Path], Path]] = {
    "harmony": harmony, "harmony 6": lambda folder: harmony(folder, 6), "imagexpress": imagexpress, "yokogawa": yokogawa,
    "in_cell": in_cell, "ome_tiff": ome_tiff, "ome_zarr": ome_zarr, "ome_zarr 0.5": lambda folder: ome_zarr(folder, "0.5"),
    "cytation": cytation, "bioio": bioio, "pattern": pattern,
}  # fmt: skip


@pytest.fixture(params=TREES)
def vendor(request: pytest.FixtureRequest) -> str:
    """The name of a tree; the word before a space is the reader's name."""
    return request.param


@pytest.fixture
def tree(vendor: str, tmp_path: Path) -> tuple[Path, Path]:
    """A toy plate's folder, in a place with a space and an accent in its name, and its metadata file."""
    folder = tmp_path / "données du 3" / "Toy"
    folder.mkdir(parents=True)
    return folder, TREES[vendor](folder)


@pytest.fixture
def trees() -> dict[str, Callable[[Path], Path]]:
    """All trees by name: each writes the toy plate into a folder and gives its metadata file."""
    return TREES
