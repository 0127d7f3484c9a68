"""Profiles: what is known of real and simulated tables comes out, and bad tables are refused in words."""

import numpy as np
import polars as pl
import pytest

from swanneck.foundation.errors import InputError
from swanneck.profiles.aggregating import aggregate_profiles
from swanneck.profiles.average_precision import PairRule, score_groups, score_profiles
from swanneck.profiles.clusters import MapSettings, cluster_profiles, place_profiles
from swanneck.profiles.neighbours import find_neighbours, match_mechanisms
from swanneck.profiles.normalising import Normalisation, normalise_profiles
from swanneck.profiles.reproducibility import measure_grit, measure_reproducibility
from swanneck.profiles.selecting import FeatureSelection, correlate_features, select_features
from swanneck.profiles.similarity import unit_profiles
from swanneck.profiles.tables import feature_columns, feature_matrix, read_profiles
from swanneck.profiles.whitening import Sphering, align_batches, sphere_profiles

RULE = PairRule(positive_same=("compound",), negative_apart=("compound",))
LINCS = "profiles/lincs_plate_SQ00015054/SQ00015054_normalized_feature_select.csv.gz"


def toy_profiles(*, compounds=8, replicates=4, features=20, effect=2.0, seed=1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    number = np.repeat(np.arange(compounds), replicates)
    values = effect * rng.normal(size=(compounds, features))[number] + rng.normal(size=(len(number), features))
    words = {
        "compound": [f"c{n}" for n in number], "moa": [f"m{n // 2}" for n in number],
        "Metadata_Plate": ["P1", "P2"] * (len(number) // 2),
    }  # fmt: skip
    return pl.DataFrame({**words, **{f"Cells_F{n}": column for n, column in enumerate(values.T)}})


# --- tables


def test_features_are_known_by_name_and_infinite_values_are_missing():
    table = pl.DataFrame({"Metadata_x": [1.0], "site": [2], "Cells_a": [float("inf")], "Nuclei_b": [1]})
    assert feature_columns(table) == ["Cells_a", "Nuclei_b"]
    assert np.isnan(feature_matrix(table, ["Cells_a"])[0, 0])


def test_decimal_commas_are_refused_in_words():
    with pytest.raises(InputError, match="features must be numbers, got text in Cells_a"):
        feature_columns(pl.DataFrame({"Cells_a": ["0,5", "1,2"]}))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken", b"PK\x03\x04zip"], ids=["empty", "utf-16", "zip"])
def test_what_is_no_table_is_refused(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError):
        feature_columns(read_profiles(tmp_path / "a.csv"))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot read the profiles"):
        read_profiles(tmp_path / "none.parquet")


# --- normalise, aggregate, select


def test_controls_land_on_0_and_1_on_every_plate():
    table = toy_profiles(replicates=8).with_columns(pl.col("Cells_F0") * 3 + 7)
    settings = Normalisation(method="standardise", by=("Metadata_Plate",))
    done = normalise_profiles(table, settings, reference=pl.col("compound") == "c0")
    controls = done.table.filter(pl.col("compound") == "c0").group_by("Metadata_Plate").agg(
        pl.col("Cells_F0").mean().alias("mean"), pl.col("Cells_F0").std(ddof=0).alias("spread")
    )  # fmt: skip
    assert controls["mean"].to_list() == pytest.approx([0, 0], abs=1e-12)
    assert controls["spread"].to_list() == pytest.approx([1, 1])
    assert done.references["n_reference"].to_list() == [4, 4]


def test_a_constant_feature_has_no_scale_and_too_few_references_are_refused():
    table = toy_profiles().with_columns(Cells_F0=pl.lit(4.2))
    assert normalise_profiles(table).table["Cells_F0"].null_count() == table.height
    with pytest.raises(InputError, match="4 reference profiles are needed, got 0"):
        normalise_profiles(table, reference=pl.col("compound") == "unheard of")


def test_aggregating_keeps_what_a_group_shares():
    table = aggregate_profiles(toy_profiles(), ["compound"])
    assert table["n_profiles"].to_list() == [4] * 8
    assert table["moa"].null_count() == 0
    assert table["Metadata_Plate"].null_count() == 8


def plain_correlation(values: np.ndarray) -> np.ndarray:
    made = np.full((len(values), len(values)), np.nan)
    for one in range(len(values)):
        for other in range(len(values)):
            both = ~np.isnan(values[one]) & ~np.isnan(values[other])
            if both.sum() > 1 and values[one][both].std() > 0 and values[other][both].std() > 0:
                made[one, other] = np.corrcoef(values[one][both], values[other][both])[0, 1]
    return made


@pytest.mark.parametrize("seed", range(5))
def test_correlations_with_gaps_are_those_over_common_profiles(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(12, 40)) + rng.normal(size=40)
    values[rng.random(values.shape) < 0.1] = np.nan
    values[:6] = np.where(np.isnan(values[:6]), 0.3, values[:6])
    values[11] = 2.0
    np.testing.assert_allclose(correlate_features(values), plain_correlation(values), atol=1e-10)


def test_each_rule_drops_its_feature():
    rng = np.random.default_rng(1)
    good = rng.normal(size=200)
    table = pl.DataFrame({
        "Cells_Good": good, "Cells_Copy": 2 * good + 1e-3 * rng.normal(size=200),
        "Cells_Gaps": np.where(rng.random(200) < 0.2, np.nan, rng.normal(size=200)),
        "Cells_Flat": np.ones(200), "Cells_Rare": np.where(np.arange(200) < 196, 0.0, rng.normal(size=200)),
        "Cells_Wild": np.where(np.arange(200) == 5, 1e4, rng.normal(size=200)),
        "Cells_Location_Center_X": rng.normal(size=200), "Cells_Noisy": rng.normal(size=200),
    })  # fmt: skip
    selected = select_features(table, FeatureSelection(drop=("Cells_Noisy",)))
    dropped = dict(selected.dropped.rows())
    assert dropped.pop(next(name for name in ("Cells_Copy", "Cells_Good") if name in dropped)) == "correlation"
    assert dropped == {
        "Cells_Gaps": "missing", "Cells_Location_Center_X": "positions", "Cells_Flat": "variance",
        "Cells_Rare": "frequency", "Cells_Wild": "outliers", "Cells_Noisy": "named",
    }  # fmt: skip


def test_nothing_left_is_an_error():
    with pytest.raises(InputError, match="no feature is left"):
        select_features(pl.DataFrame({"Cells_a": [1.0, 1.0, 1.0]}))


# --- sphering, batches


def test_sphered_controls_are_round():
    table = toy_profiles(compounds=4, replicates=60, features=5)
    done = sphere_profiles(table, pl.col("compound") == "c0", Sphering(regularisation=0.0))
    controls = done.filter(pl.col("compound") == "c0").select(feature_columns(done)).to_numpy()
    np.testing.assert_allclose(np.cov(controls.T), np.eye(5), atol=1e-8)


@pytest.mark.parametrize("method", ["scale", "coral"])
def test_batches_are_alike_after_alignment(method):
    table = toy_profiles(compounds=4, replicates=60, features=5)
    shifted = table.with_columns(
        pl.when(pl.col("Metadata_Plate") == "P2").then(pl.col(name) * 3 + 10).otherwise(name).alias(name)
        for name in feature_columns(table)
    )
    done = align_batches(shifted, "Metadata_Plate", pl.col("compound") == "c0", method=method)
    controls = done.filter(pl.col("compound") == "c0").group_by("Metadata_Plate").agg(pl.col("Cells_F1").mean())
    assert controls["Cells_F1"][0] == pytest.approx(controls["Cells_F1"][1])


def test_sphering_needs_controls_and_complete_features():
    table = toy_profiles()
    with pytest.raises(InputError, match="8 reference profiles are needed, got 4"):
        sphere_profiles(table, pl.col("compound") == "c0")
    with pytest.raises(InputError, match="lack values"):
        sphere_profiles(table.with_columns(Cells_F0=pl.lit(None, pl.Float64)), pl.lit(True))


# --- average precision


def test_separate_groups_are_found_and_noise_is_not():
    rng = np.random.default_rng(0)
    strong = score_groups(score_profiles(toy_profiles(effect=3.0), RULE), ["compound"], rng=rng)
    assert (strong["fdr"] < 0.05).all()
    noise = score_groups(score_profiles(toy_profiles(compounds=100, effect=0.0), RULE), ["compound"], rng=rng)
    assert (noise["p_value"] < 0.05).mean() < 0.12


def test_the_order_of_profiles_and_the_scale_of_a_profile_do_not_matter():
    table = toy_profiles()
    first = score_profiles(table, RULE)["average_precision"]
    assert score_profiles(table.reverse(), RULE)["average_precision"].reverse().to_list() == first.to_list()
    scaled = table.with_columns(pl.col(feature_columns(table)) * 4)
    assert score_profiles(scaled, RULE)["average_precision"].to_list() == first.to_list()


def test_one_replicate_has_no_score_and_missing_words_pair_with_nothing():
    table = toy_profiles().with_columns(
        compound=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("alone")).otherwise("compound")
    )
    scores = score_profiles(table, RULE)
    assert scores["average_precision"][0] is None
    unknown = table.with_columns(compound=pl.when(pl.int_range(pl.len()) > 3).then("compound"))
    assert score_profiles(unknown.head(31), RULE)["n_positives"].to_list()[:4] == [0, 0, 0, 0]


def test_equal_profiles_are_told_as_ties():
    table = pl.DataFrame({"compound": ["a", "a", "b", "b"], "Cells_a": [1.0] * 4, "Cells_b": [2.0] * 4})
    assert score_profiles(table, RULE)["n_tied"].to_list() == [2] * 4


def test_profiles_without_partners_or_direction_are_refused():
    table = toy_profiles(replicates=2).unique("compound", maintain_order=True)
    with pytest.raises(InputError, match="no profile has a positive partner"):
        score_profiles(table, RULE)
    with pytest.raises(InputError, match="have no direction"):
        unit_profiles(pl.DataFrame({"Cells_a": [0.0, 1.0], "Cells_b": [0.0, 1.0]}))
    with pytest.raises(InputError, match="have no column 'plate'"):
        score_profiles(table, PairRule(positive_same=("plate",), negative_apart=("compound",)))


# --- reproducibility, mechanisms, map


def test_figures_of_a_real_plate(shared_data):
    table = read_profiles(shared_data / LINCS)
    same = ["Metadata_broad_sample", "Metadata_mg_per_ml"]
    shares = [measure_reproducibility(table, same, quantile=quantile).share for quantile in (0.5, 0.95)]
    assert [round(share, 3) for share in shares] == [0.681, 0.458]


def test_grit_is_higher_for_stronger_effects():
    weak, strong = (
        measure_grit(toy_profiles(effect=effect, seed=3), "compound", pl.col("compound") == "c0")["grit"].mean()
        for effect in (0.2, 3.0)
    )
    assert strong > weak


def test_neighbours_keep_to_the_rule():
    table = toy_profiles()
    near = find_neighbours(table, ["compound", "Metadata_Plate"], count=3)
    for name in ("compound", "Metadata_Plate"):
        values = table[name].to_numpy()
        assert (values[near["profile"]] != values[near["neighbour"]]).all()


def test_mechanisms_are_found_where_there_are_any():
    rng = np.random.default_rng(5)
    table = toy_profiles(effect=1.0)
    own = {f"m{n}": 5 * rng.normal(size=20) for n in range(4)}
    shift = np.array([own[name] for name in table["moa"]])
    for n, name in enumerate(feature_columns(table)):
        table = table.with_columns((pl.col(name) + pl.Series(shift[:, n])).alias(name))
    matches = match_mechanisms(table, "moa", ["compound"])
    assert matches["matches"].mean() > 0.9
    assert matches["chance"].mean() == pytest.approx(4 / 28)


def test_clusters_and_map_are_the_same_each_time():
    table = toy_profiles(effect=4.0)
    assert cluster_profiles(table, MapSettings(least_similarity=0.8)).n_unique() == 8
    place = place_profiles(table)
    assert place.shape == (32, 2)
    np.testing.assert_array_equal(place, place_profiles(table))
