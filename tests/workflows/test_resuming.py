"""A run that is stopped at any moment, run again, ends in the same bytes; a change redoes what depends on it."""

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest

from swanneck.foundation.errors import StorageError
from swanneck.foundation.files import TEMPORARY_SUFFIX, claim_folder
from swanneck.workflows import measure_plates, measure_well, plate_estimates, screen_plate
from swanneck.workflows.measure_well import WellFiles

ALL = 24


def start(screen, workers=2):
    """Start the command in a process group of its own."""
    words = screen.words("screen", "run", screen.folder, "--workers", workers)
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def count_files(folder: Path, ending: str = "") -> int:
    return sum(name.endswith(ending) for _, _, files in os.walk(folder) for name in files)


def kill_at(screen, *, files=None, seconds=None) -> bool:
    """Kill the whole group with SIGKILL when there are so many files, or so late; say whether it was still running."""
    process, begin = start(screen), time.monotonic()
    while process.poll() is None and time.monotonic() - begin < 300:
        late = seconds is not None and time.monotonic() - begin > seconds
        if late or (files is not None and count_files(screen.folder / "results") >= files):
            break
        time.sleep(0.002)
    running = process.poll() is None
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def kill_and_finish(screen, reference, *, during_wells: int, during_analysis: int, seed: int) -> int:
    """Kill a run again and again, then let it finish; give how many times it was killed before it was done."""
    draw, total = random.Random(seed), len(reference.results())
    moments = [{"files": count} for count in sorted(draw.sample(range(1, total), during_wells))]
    moments += [{"seconds": draw.uniform(0.2, 3.0)} for _ in range(during_analysis)]
    killed = sum(kill_at(screen, **moment) for moment in moments)
    process = start(screen)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return killed


def temporary_files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if TEMPORARY_SUFFIX in path.name or path.name == ".probe"]


def test_a_run_killed_three_times_ends_in_the_same_bytes(screened, fresh) -> None:
    assert kill_and_finish(fresh, screened, during_wells=2, during_analysis=1, seed=1) >= 2
    assert fresh.results() == screened.results()
    assert temporary_files(fresh.folder) == []


@pytest.mark.slow
def test_a_run_killed_twenty_times_ends_in_the_same_bytes(screened, fresh) -> None:
    assert kill_and_finish(fresh, screened, during_wells=14, during_analysis=6, seed=2) >= 15
    mine, expected = fresh.results(), screened.results()
    assert [name for name in expected if mine.get(name) != expected[name]] == []
    assert mine.keys() == expected.keys()
    assert temporary_files(fresh.folder) == []


def test_ctrl_c_says_so_in_one_line_and_the_run_goes_on_later(screened, fresh) -> None:
    process = start(fresh)
    while count_files(fresh.folder / "results" / "fields", ".parquet") < 3:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert [line for line in errors.splitlines() if "Interrupted" in line or "Traceback" in line] == [
        "Interrupted. What is finished is kept: run the same command again to go on."
    ]
    kept = count_files(fresh.folder / "results" / "fields", ".parquet")
    assert fresh.run().n_wells_kept == kept >= 3
    assert fresh.results() == screened.results()


def test_what_a_killed_run_left_half_written_is_removed(screened, done) -> None:
    half = done.folder / "results" / "cells" / "P1" / f"A01.parquet.123{TEMPORARY_SUFFIX}"
    half.write_bytes(b"PAR1")
    done.run()
    assert not half.exists()
    assert done.results() == screened.results()


def test_two_runs_at_once_do_not_meet(done) -> None:
    with claim_folder(done.folder / "results"), pytest.raises(StorageError, match="another run is at work"):
        done.run()


def test_the_number_of_workers_changes_nothing(screened, fresh) -> None:
    fresh.run(workers=2)
    assert fresh.results() == screened.results()


def test_the_order_of_wells_changes_nothing(screened, fresh, monkeypatch) -> None:
    in_order = measure_plates.list_tasks
    monkeypatch.setattr(measure_plates, "list_tasks", lambda *given: reversed(list(in_order(*given))))
    fresh.run()
    assert fresh.results() == screened.results()


def test_a_second_run_measures_nothing_and_changes_nothing(screened, done) -> None:
    run = done.run()
    assert (run.n_wells_measured, run.n_wells_kept) == (0, ALL)
    assert done.results() == screened.results()


def test_a_campaign_that_was_moved_and_is_run_from_inside_keeps_its_wells(done, tmp_path, monkeypatch) -> None:
    moved = done.copied_to(tmp_path / "another place")
    monkeypatch.chdir(moved.folder)
    assert screen_plate(Path("campaign.toml"), workers=1).n_wells_measured == 0
    assert moved.results() == done.results()


@pytest.mark.parametrize(
    "setting",
    [
        "[analysis.hits]\nminimum_selectivity = 3",
        "[analysis.curves]\nminimum_effect = 30",
        "[analysis.wells]\nminimum_cells = 5",
        "[analysis.quality]\nz_prime_pass = 0.3",
    ],
)
def test_a_setting_of_the_analysis_measures_no_well(screened, done, setting) -> None:
    done.append(f"\n{setting}\n")
    assert done.run().n_wells_measured == 0
    assert done.results("cells") == screened.results("cells")
    assert done.results("provenance") != screened.results("provenance")


def test_another_readout_or_layout_measures_no_well(done) -> None:
    done.edit('kind = "infection"', 'kind = "infection"\nreadouts = {size = "avg(Nuclei_AreaShape_Area)"}')
    done.edit("C001", "aspirin", "platemap.csv")
    run = done.run()
    assert run.n_wells_measured == 0
    assert run.tables.wells["size"].is_between(10, 1000).all()
    assert "aspirin" in run.tables.hits["compound"]


@pytest.mark.parametrize("setting", ["[segmentation]\nnucleus_diameter = 11", '[segmentation]\ncells_from = "DNA"'])
def test_a_setting_of_the_segmentation_measures_all_wells(screened, done, setting) -> None:
    done.append(f"\n{setting}\n")
    assert done.run().n_wells_measured == ALL
    assert done.results("cells") != screened.results("cells")


def test_illumination_measures_all_wells(done) -> None:
    done.edit("[images]", 'illumination = "none"\n\n[images]')
    assert done.run().n_wells_measured == ALL


def test_a_touched_image_measures_its_well_alone(screened, done) -> None:
    done.touch(done.image("C04"))
    assert done.run().n_wells_measured == 1
    assert done.results("cells", "wells", "hits") == screened.results("cells", "wells", "hits")


def test_a_replaced_image_measures_its_well_alone_where_the_estimates_do_not_use_it(done, monkeypatch) -> None:
    sample = [(f"A{column:02d}", 1) for column in range(1, 7)]
    monkeypatch.setattr(plate_estimates, "sample_fields", lambda plate: sample)
    done.run()
    shutil.copy(done.image("B02", "Virus"), done.image("C04", "Virus"))
    assert done.run().n_wells_measured == 1


def test_a_replaced_image_of_the_sample_measures_as_a_new_run_would(done, fresh) -> None:
    for screen in (done, fresh):
        shutil.copyfile(screen.image("B02", "Virus"), screen.image("A01", "Virus"))
    assert done.run().n_wells_measured == ALL
    fresh.run()
    assert done.results("cells", "wells", "curves") == fresh.results("cells", "wells", "curves")


@pytest.mark.parametrize("part", ["cells", "fields", "thumbnail"])
@pytest.mark.parametrize("content", [None, b"", b"PAR1"])
def test_a_result_that_was_deleted_or_damaged_is_made_again(screened, done, part, content) -> None:
    path = getattr(WellFiles.of(done.folder / "results", "P1", "B03"), part)
    path.unlink() if content is None else path.write_bytes(content)
    assert done.run().n_wells_measured == (1 if content is None or part != "thumbnail" else 0)
    assert done.results("cells", "fields") == screened.results("cells", "fields")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"made_from": 1}', '{"made_from": 1, "estimates": {}}'])
def test_damaged_estimates_are_made_again(screened, done, content) -> None:
    (done.folder / "results" / "estimates" / "P1.json").write_text(content)
    assert done.run().n_wells_measured == 0
    assert done.results() == screened.results()


def test_cells_of_other_settings_are_not_taken_for_these(screened, done, monkeypatch) -> None:
    """Settings changed, run killed between a well's cells and its fields, settings changed back."""
    whole = measure_well.write_parquet

    def write_cells_only(path, table) -> None:
        if path.parent.parent.name == "fields":
            raise StorageError("killed")
        whole(path, table)

    with monkeypatch.context() as patch:
        patch.setattr(measure_well, "write_parquet", write_cells_only)
        done.append("\n[segmentation]\nnucleus_diameter = 11\n")
        with pytest.raises(StorageError):
            done.run()
    done.edit("\n[segmentation]\nnucleus_diameter = 11\n", "")
    done.run()
    assert done.results() == screened.results()


def test_an_image_that_could_not_be_opened_is_tried_again(screened, fresh, monkeypatch) -> None:
    opened = Path.read_bytes

    def network_away(path) -> bytes:
        if path.name == "C03_f1_DNA.tif":
            raise OSError(errno.EIO, "Input/output error")
        return opened(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", network_away)
        assert "Input/output error" in fresh.wells(fresh.run())["C03"]["reason"]
    fresh.run()
    assert fresh.results() == screened.results()


def test_an_image_that_is_damaged_is_not_read_again_at_every_run(done) -> None:
    done.image("C03").write_bytes(b"II*\x00 and no more")
    done.run()
    assert done.run().n_wells_measured == 0


def test_no_result_holds_a_time_or_a_path(screened) -> None:
    for name in ("wells", "plates", "curves", "points", "hits"):
        assert str(screened.folder) not in str(screened.table(name).rows())
    record = (screened.folder / "results" / "provenance.json").read_text()
    assert str(screened.folder) not in record
    assert json.loads(record)["outputs"]["hits.parquet"] == screened.results("hits")["hits.parquet"]


def test_the_log_tells_when_each_well_was_measured(screened) -> None:
    events = pl.read_ndjson(screened.folder / "log.jsonl", infer_schema_length=None)
    assert events.filter(pl.col("event") == "well").height == ALL
    assert events["time"].str.to_datetime(time_zone="UTC").is_sorted()
