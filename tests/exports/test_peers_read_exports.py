"""pycytominer and copairs take the exported profiles as they are."""

import pytest

from swanneck.workflows import export_results

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs, not ours


@pytest.fixture(scope="module")
def selected(results, tmp_path_factory):
    """Profiles, normalised to the negative controls and reduced to useful features by pycytominer."""
    pytest.importorskip("pycytominer", reason="pycytominer is not installed (extra test-peers)")
    import pandas as pd
    from pycytominer import feature_select, normalize

    out = tmp_path_factory.mktemp("profiles")
    export_results(results, "pycytominer", out=out)
    profiles = pd.read_parquet(out / "profiles.parquet")
    normalised = normalize(profiles, samples="Metadata_role == 'negative_control'", method="standardize")
    operations = ["variance_threshold", "correlation_threshold", "drop_na_columns", "blocklist"]
    return profiles, normalised, feature_select(normalised, operation=operations)


def features_of(table):
    return [name for name in table.columns if not name.startswith("Metadata_")]


def test_pycytominer_normalises_to_the_controls(selected):
    profiles, normalised, _ = selected

    controls = normalised[normalised["Metadata_role"] == "negative_control"]
    assert features_of(normalised) == features_of(profiles)
    assert controls["Cells_Intensity_MeanIntensity_Virus"].mean() == pytest.approx(0, abs=1e-9)
    others = normalised[normalised["Metadata_compound"] == "alpha"]
    assert others["Cells_Intensity_MeanIntensity_Virus"].median() < -5


def test_pycytominer_selects_features(selected):
    _, normalised, chosen = selected

    assert 5 < len(features_of(chosen)) < len(features_of(normalised)) / 2
    assert [name for name in chosen.columns if name.startswith("Metadata_")][:2] == ["Metadata_Plate", "Metadata_Well"]


def test_copairs_finds_the_compounds_again(selected):
    pytest.importorskip("copairs", reason="copairs is not installed (extra test-peers)")
    from copairs import map as retrieval

    treated = selected[2][selected[2]["Metadata_role"] == "sample"].reset_index(drop=True)
    told = [name for name in features_of(treated) if "_Location_" not in name]  # where cells lie is chance
    metadata = treated[[name for name in treated.columns if name.startswith("Metadata_")]]

    precision = retrieval.average_precision(
        metadata, treated[told].to_numpy(),
        pos_sameby=["Metadata_compound"], pos_diffby=[],
        neg_sameby=["Metadata_Plate"], neg_diffby=["Metadata_compound"],
    )  # fmt: skip
    found = retrieval.mean_average_precision(precision, ["Metadata_compound"], null_size=500, threshold=0.05, seed=0)

    assert set(found["Metadata_compound"]) == {"alpha", "beta", "gamma"}
    assert found["mean_average_precision"].min() > 0.6  # by chance about 0.3
