"""`swanneck screen ...` and `swanneck simulate ...` from the shell: what they print, write and answer."""

import json
import shutil
import tomllib
from pathlib import Path

import polars as pl
import pytest


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_simulate_run_and_run_again(swanneck, tmp_path) -> None:
    folder = tmp_path / "demo"
    words = ["--wells", 24, "--fields", 1, "--size", 128, "--seed", 3, "--difficulty", "easy", "--workers", 1]
    code, out, _ = swanneck("simulate", "plate", folder, *words)
    assert (code, lines(out)[-1]) == (0, f"Next: swanneck screen run {folder / 'campaign.toml'}")
    code, out, err = swanneck("screen", "run", folder / "campaign.toml", "--workers", 1)
    assert code == 0, err
    assert lines(out)[0].startswith("Plate P1: Z' ")
    assert lines(out)[-1] == f"Report: {folder / 'results' / 'report' / 'index.html'}"
    assert any("compounds -> " in line for line in lines(out))
    code, out, _ = swanneck("screen", "run", folder, "--workers", 1)
    assert (code, lines(out)[0]) == (0, "0 wells measured, 24 kept from before.")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--wells", 17], "a simulated plate has 24, 48, 96, 384 or 1536 wells, got 17"),
        (["--fields", 0], "fields: input should be greater than or equal to 1"),
        (["--difficulty", "brutal"], "difficulty: input should be 'easy', 'default' or 'hard'"),
        (["--layout", "spiral"], "layout: input should be 'dose-response'"),
        (["--size", 3], "image_height: input should be greater than or equal to 64"),
    ],
)
def test_a_plate_that_cannot_be_simulated_is_told(swanneck, tmp_path, words, problem) -> None:
    code, _, err = swanneck("simulate", "plate", tmp_path / "demo", *words)
    assert (code, len(lines(err))) == (1, 1)
    assert problem.casefold() in err.casefold()


def test_check_says_what_was_understood_and_that_it_is_ready(swanneck, campaign) -> None:
    code, out, err = swanneck("screen", "check", campaign / "campaign.toml")
    assert (code, err) == (0, "")
    assert lines(out)[0].startswith("plate P1: 24 wells, 24 fields, channels DNA, Virus")
    assert lines(out)[-1].startswith("Ready. Next: swanneck screen run")


def test_check_lists_all_errors_and_run_the_first(swanneck, campaign) -> None:
    edit(campaign / "campaign.toml", "Virus =", "Spike =")
    edit(campaign / "platemap.csv", "negative_control", "empty")
    code, out, err = swanneck("screen", "check", campaign)
    found = [line for line in lines(out) if line.startswith("error:")]
    assert code == 1
    assert len(found) == 2
    assert lines(err) == ["2 errors: the run cannot start."]
    code, out, err = swanneck("screen", "run", campaign)
    assert (code, out) == (1, "")
    assert lines(err) == [f"{found[0]} (1 more: swanneck screen check shows all)"]


@pytest.mark.parametrize(
    ("old", "new", "problem", "line"),
    [
        ('name = "simulated"\n', "", "name: this key is missing", None),
        ("pattern =", "patern =", "images.patern: no such key", 5),
        ('kind = "infection"', 'kind = "infektion"', "assay.kind: input should be 'infection', 'translocation'", 13),
        ('kind = "infection"', "threshold = true-ish", "not valid TOML", None),
        ('"simulated"', "simulated", "not valid TOML: Invalid value (at line 1", None),
        ('DNA = "nuclei"', 'DNA = "nucleus"', "channels.DNA: input should be 'nuclei'", 9),
        ('DNA = "nuclei"', 'DNA = "any"', "channels: one channel must have the role 'nuclei', got 0", 8),
        ("Virus = ", "# Virus = ", "channels: the infection assay needs a channel with the role 'pathogen'", 8),
        ('folder = "images"', "folder = 3", "images.folder: input is not a valid path", 4),
        ('file = "platemap.csv"', "", "layout.file: this key is missing", 15),
        ("[images]", 'folder = "x"\n[images]', "folder: no such key at the top of the file", 3),
        ("[layout]", "[analysis.hits]\nminimum_selectivty = 3\n[layout]", "Did you mean minimum_selectivity?", 16),
        ("[layout]", '[analysis.hits]\nminimum_selectivity = "ten"\n[layout]', "got 'ten'", 16),
        ("[layout]", "[segmentation]\nnucleus_diameter = -1\n[layout]", "segmentation.nucleus_diameter:", 16),
        ("[layout]", '[segmentation]\ncells_from = "Actin"\n[layout]', "'Actin' is no channel of [channels]", 16),
    ],
)
def test_a_broken_campaign_names_the_key_and_the_line(swanneck, campaign, old, new, problem, line) -> None:  # noqa: PLR0917
    path = campaign / "campaign.toml"
    edit(path, old, new)
    code, out, err = swanneck("screen", "run", path)
    assert (code, out, len(lines(err))) == (1, "", 1)
    assert problem in err
    assert (f"{path}, line {line})" if line else str(path)) in err
    assert not (campaign / "results").exists()


def test_a_campaign_that_is_no_text(swanneck, campaign) -> None:
    (campaign / "campaign.toml").write_bytes(b"\xff\xfe\x00n")
    code, _, err = swanneck("screen", "run", campaign)
    assert (code, len(lines(err))) == (1, 1)
    assert "it is not UTF-8 text" in err


def test_bad_wells_are_counted_and_the_run_is_a_success(swanneck, campaign) -> None:
    (campaign / "images" / "C03_f1_DNA.tif").write_bytes(b"")
    code, out, _ = swanneck("screen", "run", campaign, "--workers", 1)
    assert code == 0
    assert "P1 C03 failed: field 1: the image file is empty (0 bytes)" in out


def test_tune_writes_its_picture(swanneck, campaign) -> None:
    code, out, err = swanneck("screen", "tune", campaign, "--wells", 2)
    assert code == 0, err
    page = Path(lines(out)[-1].removeprefix("Picture: "))
    assert page.is_file()
    assert all(well in page.read_text(encoding="utf-8") for well in ("A01", "A06"))


def test_init_recognises_what_simulate_wrote_and_the_campaign_runs(swanneck, campaign) -> None:
    (campaign / "campaign.toml").unlink()
    code, out, err = swanneck("screen", "init", campaign)
    assert code == 0, err
    made = tomllib.loads((campaign / "campaign.toml").read_text())
    assert made["channels"] == {"DNA": "nuclei", "Virus": "pathogen"}
    assert made["layout"]["file"] == "platemap.csv"
    assert "Next: swanneck screen check" in lines(out)[-1]
    assert swanneck("screen", "check", campaign)[0] == 0


def test_init_does_not_replace_a_campaign_unless_forced(swanneck, campaign) -> None:
    before = (campaign / "campaign.toml").read_bytes()
    code, _, err = swanneck("screen", "init", campaign)
    assert (code, (campaign / "campaign.toml").read_bytes()) == (1, before)
    assert "--force" in err
    assert swanneck("screen", "init", campaign, "--force")[0] == 0


@pytest.mark.parametrize("content", [None, "a text"])
def test_init_of_a_folder_without_images_says_so(swanneck, tmp_path, content) -> None:
    if content:
        (tmp_path / "notes.txt").write_text(content)
    code, _, err = swanneck("screen", "init", tmp_path)
    assert (code, len(lines(err))) == (1, 1)
    assert "no TIFF or PNG image is here" in err
    assert not (tmp_path / "campaign.toml").exists()


def test_init_elsewhere_writes_paths_that_work_from_there(swanneck, campaign, tmp_path) -> None:
    (campaign / "campaign.toml").unlink()
    out = tmp_path / "analysis"
    assert swanneck("screen", "init", campaign / "images", "--out", out)[0] == 0
    shutil.copy(campaign / "platemap.csv", out / "platemap.csv")
    code, printed, err = swanneck("screen", "check", out)
    assert code == 0, printed + err


@pytest.mark.parametrize(
    ("plate", "channels", "kind"),
    [
        ("bbbc013_wortmannin/images", {"Channel1": "pathogen", "Channel2": "nuclei"}, "infection"),
        ("viral_antigen_titration", {"Channel1": "nuclei", "Channel2": "pathogen"}, "infection"),
        ("mayaro_vero_cpe", {"HOECHST_33342": "nuclei"}, "cell_count"),
        ("tcruzi_h9c2_A1", {"001": "nuclei"}, "cell_count"),
    ],
)
def test_init_recognises_real_plates(swanneck, shared_data, tmp_path, plate, channels, kind) -> None:  # noqa: PLR0917
    code, out, err = swanneck("screen", "init", shared_data / "plates" / plate, "--out", tmp_path / "campaign")
    assert code == 0, err
    made = tomllib.loads((tmp_path / "campaign" / "campaign.toml").read_text())
    assert (made["channels"], made["assay"]["kind"]) == (channels, kind)
    assert (tmp_path / "campaign" / made["layout"]["file"]).is_file()
    assert any("shows nuclei" in line for line in lines(out))


def test_analyse_a_table_with_a_map(swanneck, campaign, tmp_path) -> None:
    swanneck("screen", "run", campaign, "--workers", 1)
    values = pl.read_parquet(campaign / "results" / "wells.parquet").select("well", "infected_fraction", "cell_count")
    values.write_csv(tmp_path / "wells.csv")
    code, out, err = swanneck("screen", "analyse", tmp_path / "wells.csv", "--layout", campaign / "platemap.csv")
    assert code == 0, err
    assert "efficacy: infected_fraction" in lines(out)
    assert lines(out)[-1] == f"Report: {tmp_path / 'wells_results' / 'report' / 'index.html'}"
    hits = [json.loads(pl.read_parquet(folder / "hits.parquet").select("compound", "is_hit").write_json())
            for folder in (campaign / "results", tmp_path / "wells_results")]  # fmt: skip
    assert hits[0] == hits[1]


def test_analyse_a_table_that_is_not_there(swanneck, tmp_path) -> None:
    code, _, err = swanneck("screen", "analyse", tmp_path / "wells.csv", "--layout", tmp_path / "layout.csv")
    assert (code, len(lines(err))) == (1, 1)
    assert "wells.csv" in err
