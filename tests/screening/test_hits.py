"""Hits: censored potencies divide as bounds do, the cascade only loses compounds, every verdict has its reason."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from swanneck.foundation.tables import HITS, check_table
from swanneck.screening.dose_response import fit_dose_responses
from swanneck.screening.hits import HitRule, add_selectivity, call_hits, divide_censored

TOP, LOWEST = 50e-6, 1e-9


def curve(compound="drug", role="efficacy", ec50=1e-6, relation="=", **more) -> dict:
    """One row of the curves table: full and steep where nothing else is said."""
    left, right = (0.0, 100.0) if role == "efficacy" else (100.0, 0.0)
    row = {
        "compound": compound, "readout": role, "plate": "P1", "role": role, "class": "full", "reason": "98 % effect",
        "ec50_molar": ec50, "ec50_relation": relation, "ec50_low": ec50, "ec50_high": ec50, "midpoint_molar": ec50,
        "slope": 2.0, "left": left, "right": right, "effect_at_top_dose": 98.0,
    }  # fmt: skip
    return row | {key.rstrip("_"): value for key, value in more.items()}


def harmless(compound="drug") -> dict:
    return curve(compound, "viability", TOP, ">", class_="inactive", reason="3 % effect")


def hits(*curves, rule=None, keys=("compound",)):
    return call_hits(pl.DataFrame(list(curves), infer_schema_length=None), list(keys), rule)


def verdict(*curves, rule=None) -> dict:
    return hits(*curves, rule=rule).hits.row(0, named=True)


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        ("=", "=", "="), (">", "=", ">"), ("<", "=", "<"), ("=", ">", "<"), ("=", "<", ">"),
        (">", "<", ">"), ("<", ">", "<"), (">", ">", "undefined"), ("<", "<", "undefined"),
        (None, "=", "undefined"), ("=", None, "undefined"),
    ],
)  # fmt: skip
def test_bounds_divide_to_bounds(numerator, denominator, expected) -> None:
    value, relation = divide_censored((50e-6, numerator), (2e-6, denominator))
    assert relation == expected
    assert value == (None if expected == "undefined" else pytest.approx(25))


potencies = st.tuples(st.floats(1e-9, 1e-3), st.sampled_from(["=", "<", ">"]))


def admits(value: float, relation: str, truth: float) -> bool:
    near = truth == pytest.approx(value)
    return near if relation == "=" else near or (truth < value if relation == "<" else truth > value)


@given(potencies, potencies, st.floats(1, 1e3), st.floats(1, 1e3))
def test_a_quotient_never_excludes_what_its_parts_allow(numerator, denominator, more, less) -> None:
    def truth(value, relation, factor):
        return value * {"=": 1, ">": factor, "<": 1 / factor}[relation]

    index, relation = divide_censored(numerator, denominator)
    if relation == "undefined":
        assert index is None
    else:
        assert admits(index, relation, truth(*numerator, more) / truth(*denominator, less))


@pytest.mark.parametrize("nothing", [None, 0.0])
def test_nothing_to_divide_by_is_undefined(nothing) -> None:
    assert divide_censored((1e-6, "="), (nothing, "=")) == (None, "undefined")


def test_a_potent_harmless_compound_is_a_hit_with_a_bound() -> None:
    row = verdict(curve(), harmless())
    assert (row["is_hit"], row["selectivity_index"], row["selectivity_relation"]) == (True, 50, ">")
    assert row["reason"] == "IC50 1 µM, CC50 >50 µM, SI >50"


def test_a_large_index_is_printed_without_an_exponent() -> None:
    assert verdict(curve(ec50=5.41e-9), harmless())["reason"].endswith("SI >9240")


def test_an_inactive_compound_says_why() -> None:
    row = verdict(
        curve(relation=">", ec50=TOP, class_="inactive", reason="3 % effect at 50 µM, below 20 %"), harmless()
    )
    assert (row["is_hit"], row["selectivity_relation"]) == (False, "undefined")
    assert row["reason"] == "not active: 3 % effect at 50 µM, below 20 %"
    assert (row["ic50_molar"], row["ic50_relation"], row["cc50_relation"]) == (TOP, ">", ">")


def test_a_compound_that_kills_where_it_acts_is_toxic() -> None:
    row = verdict(curve(ec50=10e-6), curve(role="viability", ec50=8e-6))
    assert not row["is_hit"]
    assert row["reason"] == "toxic where active: 39 % of the cells left at 10 µM (IC50 10 µM)"


def test_a_narrow_window_is_not_selective() -> None:
    row = verdict(curve(ec50=1e-6), curve(role="viability", ec50=4e-6, slope=4.0))
    assert not row["is_hit"]
    assert row["reason"] == "not selective: SI 4, below 10 (IC50 1 µM, CC50 4 µM)"


def test_toxic_below_the_lowest_dose_is_no_hit() -> None:
    row = verdict(curve(ec50=1e-6), curve(role="viability", ec50=LOWEST, relation="<"))
    assert not row["is_hit"]


def test_a_partial_or_bell_shaped_curve_is_told_so() -> None:
    partial = curve(class_="partial", reason="60 % effect at 50 µM")
    bell = curve(class_="bell_shaped", reason="rises to 90 % at 5 µM and falls again")
    assert verdict(partial, harmless())["reason"].startswith("partial curve, 60 % effect at 50 µM; IC50 1 µM")
    assert verdict(bell, harmless())["reason"].startswith("bell-shaped curve, rises to 90 % at 5 µM and falls again;")


def test_whether_an_open_potency_may_be_a_hit_is_a_setting() -> None:
    weak = curve(ec50=TOP, relation=">", class_="partial", reason="35 % effect at 50 µM")
    assert verdict(weak, harmless())["is_hit"]
    strict = verdict(weak, harmless(), rule=HitRule(require_ic50=True))
    assert not strict["is_hit"]
    assert strict["reason"] == "not active enough: 35 % effect at 50 µM, IC50 >50 µM"


def test_without_a_measure_of_toxicity_the_reason_says_so() -> None:
    row = verdict(curve())
    assert (row["is_hit"], row["cc50_molar"], row["selectivity_relation"]) == (True, None, "undefined")
    assert row["reason"] == "IC50 1 µM, toxicity was not measured"


def test_too_few_points_are_no_activity() -> None:
    few = curve(ec50=None, relation=None, class_="too_few_points", reason="2 usable doses, a curve needs 4", slope=None)
    assert verdict(few, harmless())["reason"] == "not active: 2 usable doses, a curve needs 4"
    row = verdict(curve(), few | {"role": "viability"})
    assert (row["is_hit"], row["cc50_relation"]) == (True, None)


def test_only_toxicity_measured_is_no_hit() -> None:
    assert verdict(harmless())["reason"] == "not active: no efficacy curve"


kinds = st.sampled_from(["full", "partial", "bell_shaped", "inactive", "too_few_points"])
relations = st.sampled_from(["=", "<", ">"])
rows = st.lists(st.tuples(kinds, potencies, kinds, potencies), min_size=0, max_size=8)


def some_curves(drawn) -> list[dict]:
    return [
        curve(f"c{number}", role, *potency, class_=kind)
        for number, (one, first, other, second) in enumerate(drawn)
        for role, kind, potency in (("efficacy", one, first), ("viability", other, second))
    ]


@run_with(max_examples=40)
@given(rows)
def test_the_cascade_only_loses_compounds_and_ends_in_the_hits(drawn) -> None:
    called = hits(*(some_curves(drawn) or [harmless()]))
    counts = [count for _, count in called.cascade]
    assert [step for step, _ in called.cascade] == ["compounds", "active", "not toxic", "selective"]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == called.hits.height == max(len(drawn), 1)
    assert counts[-1] == called.hits["is_hit"].sum()
    assert called.hits["reason"].null_count() == 0


@run_with(max_examples=40)
@given(rows, st.randoms())
def test_the_order_of_curves_does_not_matter(drawn, draw) -> None:
    curves = some_curves(drawn) or [harmless()]
    shuffled = list(curves)
    draw.shuffle(shuffled)
    assert hits(*shuffled).hits.equals(hits(*curves).hits, null_equal=True)


@run_with(max_examples=40)
@given(rows, st.floats(1, 100))
def test_a_stricter_rule_never_adds_a_hit(drawn, factor) -> None:
    curves = some_curves(drawn) or [harmless()]
    strict = HitRule(minimum_selectivity=10 * factor, minimum_viability=min(100.0, 70 * factor), require_ic50=True)
    loose, tight = hits(*curves).hits, hits(*curves, rule=strict).hits
    chosen = set(tight.filter("is_hit")["compound"])
    assert chosen <= set(loose.filter("is_hit")["compound"])


def test_hits_come_first_the_most_potent_on_top() -> None:
    curves = [
        row for name, ec50 in (("weak", 9e-7), ("potent", 1e-8), ("middle", 1e-7))
        for row in (curve(name, ec50=ec50), harmless(name))
    ]  # fmt: skip
    inactive = [curve("a-none", ec50=TOP, relation=">", class_="inactive"), harmless("a-none")]
    assert hits(*inactive, *curves).hits["compound"].to_list() == ["potent", "middle", "weak", "a-none"]


def test_a_compound_is_judged_in_each_cell_line() -> None:
    rows = [row | {"cell_line": line} for line in ("Vero", "Calu-3") for row in (curve(), harmless())]
    table = hits(*rows, keys=("compound", "cell_line")).hits
    assert set(table["cell_line"]) == {"Vero", "Calu-3"}


def test_the_table_fulfils_its_contract_even_without_compounds() -> None:
    assert check_table(hits(curve(), harmless()).hits, HITS).height == 1
    empty = call_hits(pl.DataFrame([curve()]).clear(), ["compound"])
    assert check_table(empty.hits, HITS).height == 0
    assert [count for _, count in empty.cascade] == [0, 0, 0, 0]


def test_the_cascade_prints_as_a_sentence() -> None:
    assert str(hits(curve(), harmless())) == "1 compounds -> 1 active -> 1 not toxic -> 1 selective"


DOSES = np.geomspace(1e-8, 5e-5, 8)


def responses(ic50, cc50):
    """Fit one compound's curves to noisy points."""
    noise = np.random.default_rng(3).normal(0, 3, (2, DOSES.size))
    drawn = {"efficacy": 100 / (1 + ic50 / DOSES), "viability": 100 / (1 + DOSES / cc50)}
    table = pl.concat(
        pl.DataFrame({
            "compound": "drug", "readout": role, "role": role, "plate": "P1",
            "well": [f"A{n:02d}" for n in range(1, DOSES.size + 1)], "concentration_molar": DOSES,
            "response": values + noise[number], "deviation_without_effect": 3.0, "deviation_at_full_effect": 3.0,
            "variance_curvature": 0.0, "mask_reason": pl.Series([None] * DOSES.size, dtype=pl.String),
        })
        for number, (role, values) in enumerate(drawn.items())
    )  # fmt: skip
    return fit_dose_responses(table, ["compound", "readout"])


def selectivity(ic50, cc50):
    fitted = responses(ic50, cc50)
    calls = call_hits(fitted.curves, ["compound"])
    return add_selectivity(calls.hits, fitted, ["compound"]).row(0, named=True)


def test_the_interval_of_an_index_holds_it_and_it_is_probable() -> None:
    row = selectivity(3e-7, 1.5e-5)
    assert row["selectivity_relation"] == "="
    assert row["selectivity_low"] < row["selectivity_index"] < row["selectivity_high"]
    assert row["selectivity_probability"] > 0.95
    assert selectivity(1e-5, 1.5e-5)["selectivity_probability"] < 0.2


def test_an_index_of_a_censored_toxicity_has_no_upper_end() -> None:
    row = selectivity(3e-7, 1.0)
    assert (row["selectivity_relation"], row["selectivity_high"]) == (">", None)
    assert row["selectivity_low"] > 50
    assert row["selectivity_probability"] > 0.95


def test_where_both_are_beyond_the_doses_nothing_is_claimed() -> None:
    row = selectivity(1.0, 1.0)
    assert row["selectivity_relation"] == "undefined"
    assert {row[f"selectivity_{name}"] for name in ("low", "high", "probability")} == {None}
