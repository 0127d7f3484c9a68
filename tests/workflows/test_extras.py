"""What other files add to a campaign of images, and to a table: a reader's values, linked plates, decisions."""

import json

import polars as pl
import pytest

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.files import file_sha256
from swanneck.workflows import analyse_table, check_campaign
from swanneck.workflows.campaign import AnalysisSettings
from swanneck.workflows.extra_files import ExtraFiles

HEADER = "action,by,when,reason,plate,well,compound\n"


def wells_of(screen) -> pl.DataFrame:
    return screen.table("wells").select("plate", "well", "role")


def test_a_campaign_masks_wells_and_overrides_calls(done):
    plate, well = wells_of(done).filter(role="sample").row(0)[:2]
    compound = done.table("hits")["compound"][0]
    lines = f"mask,Ana,2026-03-31,bubble,{plate},{well},\ncall hit,Bo,2026-04-01,known drug,,,{compound}\n"
    (done.folder / "decisions.csv").write_text(HEADER + lines)
    done.append('\n[extras]\ndecisions = "decisions.csv"\n')
    run = done.run()
    assert run.n_wells_measured == 0
    assert done.wells(run)[well]["reason"] == "masked by Ana, 2026-03-31: bubble"
    row = run.tables.hits.filter(compound=compound).row(0, named=True)
    assert row["is_hit"]
    assert row["reason"].startswith("called a hit by Bo, 2026-04-01: known drug; before: ")
    assert run.tables.cascade[-1][0] == "after decisions"
    record = json.loads((done.folder / "results" / "provenance.json").read_text())
    assert record["extras/decisions.csv"] == file_sha256(done.folder / "decisions.csv")


def test_a_readers_values_are_a_readout_of_the_same_wells(done):
    table = wells_of(done)
    low = {"positive_control": 100.0}
    values = [low.get(role, 900.0) + place for place, role in enumerate(table["role"])]
    table.select("plate", "well").with_columns(resazurin=pl.Series(values)).write_csv(done.folder / "reader.csv")
    done.append('\n[extras]\nadded = "reader.csv"\n')
    run = done.run()
    assert run.tables.wells["resazurin"].to_list() == values
    medians = run.tables.wells.group_by("role").agg(pl.col("resazurin_inhibition").median())
    assert dict(medians.rows())["negative_control"] == pytest.approx(0, abs=1e-9)
    assert set(run.tables.curves.filter(readout="resazurin")["role"]) == {"other"}
    assert "resazurin" in run.report.read_text()


def test_toxicity_can_be_read_from_the_reader(done):
    table = wells_of(done).select("plate", "well").with_row_index("n")
    table.with_columns(luminescence=1000.0 + pl.col("n")).drop("n").write_csv(done.folder / "reader.csv")
    done.append('\n[extras]\nadded = ["reader.csv"]\nviability = "luminescence"\n')
    run = done.run()
    assert "luminescence_viability" in run.tables.wells.columns
    assert set(run.tables.curves.filter(role="viability")["readout"]) == {"luminescence"}


@pytest.mark.parametrize(("lines", "words"), [
    ('added = "nowhere.csv"', "nowhere.csv"),
    ('viability = "shape"', "none of the added readouts"),
    ('decisions = "decisions.csv"', "B99"),
    ('links = "links.csv"', "not in the plate map"),
], ids=["no file", "no readout", "no well", "no plate"])  # fmt: skip
def test_extras_that_do_not_fit_are_found_before_the_run(done, lines, words):
    (done.folder / "decisions.csv").write_text(HEADER + "mask,Ana,2026-03-31,bubble,P9,B99,\n")
    plate = wells_of(done)["plate"][0]
    (done.folder / "links.csv").write_text(f"secondary,primary\n{plate},P9\n")
    if "links" in lines:
        (done.folder / "platemap.csv").write_text((done.folder / "platemap.csv").read_text())
    done.append(f"\n[extras]\n{lines}\n")
    found = check_campaign(done.folder)
    assert any(words in str(finding) for finding in found.errors), found.findings


DOSES = [10.0 ** (n - 6) for n in range(1, 9)]


@pytest.fixture
def linked(tmp_path):
    """A primary and a secondary plate: one compound stops the infection early, one only what comes out of it."""
    potencies = {"early": (1.0, 1.0), "late": (1e9, 1.0), "dull": (1e9, 1e9)}
    layout = ["plate,well,role,compound,concentration,unit"]
    values = ["plate,well,infected_fraction"]
    for number, plate in enumerate(("P1", "S1")):
        for column in range(1, 9):
            rows = {"A": ("negative_control", "", "", 0.5), "B": ("positive_control", "", "", 0.001)}
            for letter, (name, ic50) in zip("CDE", potencies.items(), strict=True):
                dose = DOSES[column - 1]
                rows[letter] = ("sample", name, dose, 0.5 / (1 + dose / ic50[number]))
            for letter, (role, name, dose, value) in rows.items():
                if number == 0:
                    layout.append(f"{plate},{letter}{column:02d},{role},{name},{dose},{'uM' if dose else ''}")
                values.append(f"{plate},{letter}{column:02d},{value + column % 3 / 100}")
    (tmp_path / "layout.csv").write_text("\n".join(layout))
    (tmp_path / "wells.csv").write_text("\n".join(values))
    (tmp_path / "links.csv").write_text("secondary,primary\nS1,P1\n")
    return tmp_path


def test_linked_plates_tell_early_from_late(linked):
    extras = ExtraFiles(links=linked / "links.csv")
    done = analyse_table(linked / "wells.csv", layout=linked / "layout.csv", extras=extras, out=linked / "out")
    hits = done.tables.hits
    assert dict(hits.select("compound", "acts").rows()) == {"early": "early", "late": "late", "dull": None}
    assert set(hits["transfer"]) == {"primary", "secondary"}
    assert "acts late: only where the supernatant went" in hits.filter(compound="late")["reason"][0]
    assert done.tables.plates["plate"].to_list() == ["P1", "S1"]


def test_without_links_nothing_is_said_of_stages(linked):
    done = analyse_table(linked / "wells.csv", layout=linked / "layout.csv", out=linked / "out")
    assert {"acts", "transfer"}.isdisjoint(done.tables.hits.columns)


def test_times_of_addition_have_curves_of_their_own(linked):
    layout = (linked / "layout.csv").read_text().splitlines()
    both = [f"{layout[0]},time_of_addition"]
    both += [f"{line},before" for line in layout[1:]] + [f"{line.replace('P1', 'S1')},after" for line in layout[1:]]
    (linked / "both.csv").write_text("\n".join(both))
    hits = analyse_table(linked / "wells.csv", layout=linked / "both.csv", out=linked / "out").tables.hits
    found = {(row["compound"], row["time_of_addition"]): row["class"] for row in hits.iter_rows(named=True)}
    assert (found["late", "before"], found["late", "after"]) == ("inactive", "full")
    assert (found["early", "before"], found["early", "after"]) == ("full", "full")


@pytest.mark.parametrize("position", ["median_polish", "loess", "controls", "edge_diffusion"])
def test_an_edge_effect_is_taken_away_and_controls_stay_at_0_and_100(tmp_path, position):
    rows = ["plate,well,role,compound,concentration,unit,x"]
    for number, letter in enumerate("ABCDEFGH"):
        for column in range(1, 13):
            edge = 0.1 * (number in (0, 7) or column in (1, 12))
            role = "negative_control" if (number + column) % 3 == 0 else "sample"
            if (number + column) % 7 == 1:
                role = "positive_control"
            value = 0.01 if role == "positive_control" else 0.5 + edge + (number * column % 5) / 500
            dosed = f"c{number}-{column},10,uM" if role == "sample" else ",,"
            rows.append(f"P1,{letter}{column:02d},{role},{dosed},{value}")
    (tmp_path / "wells.csv").write_text("\n".join(rows))

    def spread(settings):
        tables = analyse_table(tmp_path / "wells.csv", out=tmp_path / "out", settings=settings).tables
        landed = tables.plates.select("negative_control_percent", "positive_control_percent").row(0)
        assert landed == pytest.approx((0, 100), abs=1e-9)
        samples = tables.wells.filter(role="sample")
        return samples["x_inhibition"].std(), tables.wells

    plain, corrected = spread(AnalysisSettings()), spread(AnalysisSettings(position=position))
    assert corrected[0] < 0.85 * plain[0]
    assert corrected[1]["x"].equals(plain[1]["x"])
    assert f"after correction of position by {position}" in corrected[1]["x_reference"][0]
    assert corrected[1]["x_position_effect"].abs().max() > 0.02


def test_an_unknown_correction_is_refused():
    with pytest.raises((SettingsError, ValueError), match="position"):
        AnalysisSettings(position="spin")
