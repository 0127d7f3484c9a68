"""The same analysis from a table: with a plate map, without one, in any usual style."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError, SettingsError, SwanneckError
from swanneck.workflows import analyse_table
from swanneck.workflows.extra_files import ExtraFiles

DOSES = 50 / 3.0 ** np.arange(10)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A table of values and a plate map: an active, an inactive and a toxic compound, and controls."""
    draw = np.random.default_rng(1)
    rows = []
    for letter, (name, ic50, cc50) in zip(
        "BCD", (("active", 0.3, 1e9), ("dull", 1e9, 1e9), ("toxic", 1e9, 3.0)), strict=True
    ):
        for column, dose in enumerate(DOSES, 2):
            share, alive = 0.6 / (1 + dose / ic50), 400 / (1 + dose / cc50)
            rows.append((f"{letter}{column:02d}", name, dose, "uM", "sample", share, alive))
    for column in range(2, 10):
        rows.append((f"A{column:02d}", "DMSO", None, None, "negative_control", 0.6, 400))
        rows.append((f"E{column:02d}", None, None, None, "positive_control", 0.01, 400))
    names = ["well", "compound", "concentration", "unit", "role", "infected", "cell_count"]
    table = pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)
    noise = draw.normal(0, 0.01, table.height)
    table = table.with_columns(
        infected=(pl.col("infected") + noise).clip(0, 1), cell_count=pl.col("cell_count").round()
    )
    table.select("well", "infected", "cell_count").write_csv(tmp_path / "values.csv")
    table.drop("infected", "cell_count").write_csv(tmp_path / "layout.csv")
    table.write_csv(tmp_path / "together.csv")
    return tmp_path / "values.csv", tmp_path / "layout.csv"


def verdicts(done) -> dict[str, bool]:
    return dict(done.tables.hits.select("compound", "is_hit").rows())


def test_a_table_and_a_map_give_hits_and_a_report(files) -> None:
    values, layout = files
    done = analyse_table(values, layout=layout)
    assert verdicts(done) == {"active": True, "dull": False, "toxic": False}
    assert done.report == values.with_name("values_results") / "report" / "index.html"
    written = {path.name for path in done.report.parents[1].glob("*.parquet")}
    compared = {"effects.parquet", "drift.parquet", "runs.parquet", "ratios.parquet"}
    assert written == {"wells.parquet", "plates.parquet", "curves.parquet", "points.parquet", "hits.parquet"} | compared


def test_the_potencies_are_those_that_were_put_in(files) -> None:
    hits = analyse_table(files[0], layout=files[1]).tables.hits
    potency = dict(hits.select("compound", "ic50_molar").rows())["active"]
    toxicity = dict(hits.select("compound", "cc50_molar").rows())["toxic"]
    assert (potency, toxicity) == (pytest.approx(0.3e-6, rel=0.3), pytest.approx(3e-6, rel=0.3))


def test_one_table_with_the_maps_columns_gives_the_same(files) -> None:
    apart = analyse_table(files[0], layout=files[1]).tables
    together = analyse_table(files[0].with_name("together.csv")).tables
    assert together.hits.equals(apart.hits, null_equal=True)


def test_the_wells_of_a_run_can_be_analysed_again(files, tmp_path) -> None:
    first = analyse_table(files[0], layout=files[1])
    again = analyse_table(first.report.parents[1] / "wells.parquet", out=tmp_path / "again")
    assert again.tables.hits.equals(first.tables.hits, null_equal=True)


def test_readouts_can_be_chosen(files) -> None:
    done = analyse_table(files[0], layout=files[1], efficacy="cell_count", viability="infected")
    assert done.understood[-2:] == ["efficacy: cell_count", "viability: infected"]


def test_what_was_read_as_what_is_told(files) -> None:
    understood = "\n".join(analyse_table(files[0], layout=files[1]).understood)
    for words in ("values.csv: readouts infected, cell_count", "read as compound", "efficacy: infected"):
        assert words in understood


def test_a_missing_value_costs_its_well(files) -> None:
    values, layout = files
    text = values.read_text().splitlines()
    values.write_text("\n".join([*text[:3], text[3].split(",")[0] + ",,400", *text[4:]]))
    wells = analyse_table(values, layout=layout).tables.wells.filter(pl.col("status") == "failed")
    assert wells.select("well", "reason").rows() == [("B04", "no value of infected")]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"efficacy": "shape"}, SettingsError, "no readout 'shape'; there are infected, cell_count"),
        ({"efficacy": "infected", "viability": "infected"}, SettingsError, "both 'infected'"),
        ({"layout": Path("nowhere.csv")}, InputError, "nowhere.csv"),
    ],
)
def test_a_wrong_choice_is_told(files, options, error, words) -> None:
    with pytest.raises(error, match=words):
        analyse_table(files[0], **{"layout": files[1]} | options)


def test_a_table_without_negative_controls_is_refused(files) -> None:
    layout = files[1]
    layout.write_text(layout.read_text().replace("negative_control", "empty"))
    with pytest.raises(SwanneckError, match="no negative control"):
        analyse_table(files[0], layout=layout)


def test_a_map_of_other_wells_is_refused(files) -> None:
    values, layout = files
    values.write_text(values.read_text().replace("\nB", "\nH").replace("\nC", "\nG").replace("\nD", "\nF"))
    with pytest.raises(SwanneckError, match="not in the map"):
        analyse_table(values, layout=layout)


def test_the_same_table_gives_the_same_bytes(files, tmp_path) -> None:
    contents = []
    for name in ("one", "two"):
        done = analyse_table(files[0], layout=files[1], out=tmp_path / name)
        contents.append({path.name: path.read_bytes() for path in done.report.parents[1].rglob("*") if path.is_file()})
    assert contents[0] == contents[1]


def test_decisions_mask_wells_and_override_calls_and_say_who(tmp_path):
    rows = ["plate,well,role,compound,concentration,unit,x"]
    for column in range(1, 9):
        rows += [f"P1,A{column:02d},negative_control,,,,{0.5 + column % 3 / 100}"]
        rows += [f"P1,B{column:02d},positive_control,,,,{column % 3 / 1000}"]
        rows += [f"P1,C{column:02d},sample,drug,{10.0 ** (column - 6)},uM,{0.5 / (1 + 10.0 ** (column - 6))}"]
    (tmp_path / "wells.csv").write_text("\n".join(rows))
    (tmp_path / "decisions.csv").write_text(
        "action,by,when,reason,plate,well,compound\nmask,Ana,2026-03-31,bubble,P1,C06,\n"
        "call no hit,Bo,2026-04-01,frequent hitter,,,drug\n"
    )
    plain = analyse_table(tmp_path / "wells.csv", out=tmp_path / "plain")
    done = analyse_table(
        tmp_path / "wells.csv", extras=ExtraFiles(decisions=tmp_path / "decisions.csv"), out=tmp_path / "decided"
    )
    assert plain.tables.hits["is_hit"].to_list() == [True]
    assert done.tables.hits["is_hit"].to_list() == [False]
    assert done.tables.hits["reason"][0].startswith("called no hit by Bo, 2026-04-01: frequent hitter; before: ")
    masked = done.tables.points.filter(pl.col("masked"))
    assert masked["mask_reason"].to_list() == ["failed: masked by Ana, 2026-03-31: bubble"]


def test_a_plate_readers_values_and_linked_plates_join_the_images(tmp_path):
    rows = ["plate,well,role,compound,concentration,unit,infected"]
    reader = ["plate,well,resazurin"]
    for column in range(1, 9):
        dose = 10.0 ** (column - 6)
        rows += [f"P1,A{column:02d},negative_control,,,,{0.5 + column % 3 / 100}"]
        rows += [f"P1,B{column:02d},positive_control,,,,{column % 3 / 1000}"]
        rows += [f"P1,C{column:02d},sample,drug,{dose},uM,{0.5 / (1 + dose)}"]
        values = {"A": 1000 + column, "B": 1000 - column, "C": 1000 / (1 + dose / 30)}
        reader += [f"P1-supernatant,{row}{column:02d},{value}" for row, value in values.items()]
    (tmp_path / "wells.csv").write_text("\n".join(rows))
    (tmp_path / "reader.csv").write_text("\n".join(reader))
    with pytest.raises(InputError, match="no well of the added table"):
        analyse_table(tmp_path / "wells.csv", extras=ExtraFiles(added=tmp_path / "reader.csv"), out=tmp_path / "out")
    (tmp_path / "links.csv").write_text("secondary,primary\nP1-supernatant,P1\n")
    extras = ExtraFiles(added=tmp_path / "reader.csv", links=tmp_path / "links.csv")
    done = analyse_table(
        tmp_path / "wells.csv", efficacy="infected", viability="resazurin", extras=extras, out=tmp_path / "out"
    )
    hit = done.tables.hits.row(0, named=True)
    assert hit["ic50_molar"] == pytest.approx(1e-6, rel=0.2)
    assert hit["cc50_molar"] == pytest.approx(30e-6, rel=0.3)
