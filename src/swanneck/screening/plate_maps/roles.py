"""The role of each well of a map: from the user's words, the map's words, or what the well holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from swanneck.foundation.errors import SettingsError
from swanneck.foundation.tables import ROLES
from swanneck.screening.plate_maps.columns import MapColumns, lines_of, map_values
from swanneck.screening.plate_maps.findings import Finding, list_some
from swanneck.screening.plate_maps.words import (
    PERHAPS_ROLE,
    infection_of,
    infection_of_role,
    is_ambiguous,
    is_missing,
    name_and_unit,
    role_of_name,
    role_of_word,
    says_more_than_its_role,
    simplify,
)

__all__ = ["RoleReading", "read_roles"]

_CONTROLS = ("negative_control", "positive_control")
_NOT_A_CONTROL = {"no", "false", "0", "none"}
_MOSTLY_ROLES = {"type", "content", "contents", "control", "class", "category", "kind"}
_MOST_STATES = 12
_STATES = {True: "infected", False: "uninfected", None: None}
_ROLE_OF_STATE = {"uninfected": "positive_control", "infected": "negative_control"}


@dataclass(frozen=True)
class RoleReading:
    """The role of each row (null where its word is unknown, with a finding) and the name of its control.

    `used` are the file's columns that hold the roles; `understood` says what was read as what.
    """

    role: pl.Series
    control_name: pl.Series
    used: list[str]
    understood: list[str]
    findings: list[Finding]


def read_roles(
    table: pl.DataFrame, columns: MapColumns, compound: pl.Series, *, user_roles: Mapping[str, str], where: str
) -> RoleReading:
    """Decide what each well is for; `compound` is the name of what is in it, null for nothing.

    In this order: `user_roles` (words of the map, or names of compounds, to roles); the words of the role
    columns; compounds that are called DMSO, vehicle, untreated, mock, empty ...; and for wells without a
    compound whether the map says that they are not infected (positive control), got solvent or are infected
    (negative control), else empty. All other wells are samples, and so are wells with a compound of which the role
    column says no more than that they are infected, or not.

    Raises `SettingsError` where `user_roles` names no role.
    """
    own = {_key(word): _checked_role(word, role) for word, role in user_roles.items()}
    spoken_columns = columns.of["role"] or _perhaps_role_columns(table, columns, own)
    spoken = [map_values(table[name], _reader(name, own), pl.String) for name in spoken_columns]
    word = _first_of(_said_words(table, spoken_columns, spoken), table.height)
    no_more = map_values(word, lambda text: None if _key(text) in own else _STATES[infection_of_role(text)], pl.String)
    facts = pl.DataFrame({
        "compound": compound,
        "user": map_values(compound, lambda name: own.get(_key(name)), pl.String),
        "spoken": _first_of(spoken, table.height),
        "word": word,
        "no_more": no_more,
        "named": map_values(compound, role_of_name, pl.String),
        "state": _first_of([_states(table, columns), no_more], table.height),
        "solvent": _solvents(table, columns),
    })  # fmt: skip
    facts = facts.with_columns(role=_decide()).with_columns(control_name=_control_name())
    understood = [
        line for name, roles in zip(spoken_columns, spoken, strict=True) for line in _told(table, name, roles)
    ]
    findings = _unknown_words(table, facts, where) + _uninfected_samples(table, facts, where)
    findings += _unused_words(own, [compound, *table[spoken_columns]], where)
    return RoleReading(facts["role"], facts["control_name"], spoken_columns, understood + _inferred(facts), findings)


def _key(word: str) -> str:
    return simplify(word) or word.strip()


def _checked_role(word: str, role: str) -> str:
    known = role if role in ROLES else role_of_word(role)
    if known is None:
        problem = f"{word!r} is said to be a {role!r}, which is no role"
        raise SettingsError(problem, where="layout roles", remedy=f"Use one of {', '.join(ROLES)}")
    return known


def _reader(column: str, own: Mapping[str, str]) -> Callable[[str], str | None]:
    # In a column of control types "none" says that a well is no control; in a column of roles, that it is empty.
    only_controls = name_and_unit(column)[0].startswith("control")

    def read(word: str) -> str | None:
        if (key := _key(word)) in own:
            return own[key]
        if only_controls and (is_missing(word) or key in _NOT_A_CONTROL):
            return None
        return role_of_word(word)

    return read


def _perhaps_role_columns(table: pl.DataFrame, columns: MapColumns, own: Mapping[str, str]) -> list[str]:
    keys = {name_and_unit(name)[0]: name for name in reversed(table.columns)}
    for key in PERHAPS_ROLE:
        name = keys.get(key)
        if name is None or name == columns.first("compound"):
            continue
        words = [word for word in table[name].drop_nulls().unique() if not is_missing(word)]
        roles = {_reader(name, own)(word) or ("unsure" if is_ambiguous(word) else None) for word in words}
        mostly = key in _MOSTLY_ROLES and {"sample", "negative_control"} <= roles
        if (None not in roles or mostly) and roles & {*_CONTROLS, "unsure"}:
            return [name]
    return []


def _first_of(series: list[pl.Series], height: int) -> pl.Series:
    table = (
        pl.DataFrame({str(n): one for n, one in enumerate(series)}) if series else pl.DataFrame({"0": [None] * height})
    )
    return table.select(pl.coalesce(pl.all()).cast(pl.String)).to_series()


def _said_words(table: pl.DataFrame, names: list[str], roles: list[pl.Series]) -> list[pl.Series]:
    # First the words that were understood, then those that were not.
    understood = [
        table.select(pl.when(role.is_not_null()).then(name)).to_series()
        for name, role in zip(names, roles, strict=True)
    ]
    others = [
        map_values(table[name], lambda word, name=name: _unless_silent(word, name), pl.String)  # type: ignore[misc]
        for name in names
    ]
    return understood + others


def _unless_silent(word: str, column: str) -> str | None:
    only_controls = name_and_unit(column)[0].startswith("control")
    return None if is_missing(word) or (only_controls and _key(word) in _NOT_A_CONTROL) else word


def _states(table: pl.DataFrame, columns: MapColumns) -> pl.Series:
    # More levels than anyone infects at are a readout, such as a share of infected cells.
    told = [table[name] for name in columns.of["infection"] if table[name].n_unique() <= _MOST_STATES]
    states = [map_values(column, lambda text: _STATES[infection_of(text)], pl.String) for column in told]
    return _first_of(states, table.height)


def _solvents(table: pl.DataFrame, columns: MapColumns) -> pl.Series:
    name = columns.first("solvent")
    texts = table[name] if name else pl.Series([None] * table.height, dtype=pl.String)
    return map_values(texts, lambda text: None if is_missing(text) else text, pl.String)


def _decide() -> pl.Expr:
    nothing = pl.col("compound").is_null()
    state = pl.col("state").replace_strict(_ROLE_OF_STATE, default=None, return_dtype=pl.String)
    solvent = pl.when(pl.col("solvent").is_not_null()).then(pl.lit("negative_control"))
    # Vehicle in a well that was never infected is an uninfected control with vehicle.
    treated = pl.col("no_more").is_not_null() & ~nothing & pl.col("named").is_null()
    named = pl.when((pl.col("named") == "negative_control") & (pl.col("state") == "uninfected"))
    return pl.coalesce(
        "user",
        pl.when(treated).then(pl.lit("sample")).otherwise("spoken"),
        named.then(pl.lit("positive_control")).otherwise("named"),
        pl.when(nothing).then(pl.coalesce(state, solvent)),
        pl.when(pl.col("word").is_null()).then(pl.when(nothing).then(pl.lit("empty")).otherwise(pl.lit("sample"))),
    )


def _control_name() -> pl.Expr:
    word = pl.col("word").map_batches(
        lambda words: map_values(words, lambda word: word if says_more_than_its_role(word) else None, pl.String),
        return_dtype=pl.String,
    )
    said = pl.when(pl.col("spoken").is_not_null()).then(word)
    by_compound = pl.when(pl.col("spoken").is_null()).then("compound")
    by_content = pl.when(pl.col("spoken").is_null() & pl.col("compound").is_null()).then(
        pl.coalesce("state", "solvent")
    )
    return pl.when(pl.col("role").is_in(_CONTROLS)).then(pl.coalesce(said, by_compound, by_content))


def _told(table: pl.DataFrame, name: str, roles: pl.Series) -> list[str]:
    pairs = pl.DataFrame({"word": table[name], "role": roles}).drop_nulls()
    counts = pairs.group_by("word", "role", maintain_order=True).len()
    told = [f"{word!r} ({count}) as {role}" for word, role, count in counts.iter_rows()]
    return [f"column {name!r} read as role: {list_some(told, 20)}"] if told else []


def _inferred(facts: pl.DataFrame) -> list[str]:
    by_itself = pl.col("spoken").is_null() | (pl.col("spoken") != pl.col("role"))
    silent = facts.filter(by_itself & pl.col("role").is_not_null())
    reasons = silent.select(
        "role",
        reason=pl.when(pl.col("user").is_not_null())
        .then(pl.format("compound '{}', as the campaign says", "compound"))
        .when(pl.col("compound").is_not_null() & (pl.col("role") != "sample"))
        .then(pl.format("compound '{}'", "compound"))
        .when(pl.col("compound").is_not_null())
        .then(pl.concat_str(pl.col("no_more") + " ", pl.lit("wells with a compound"), ignore_nulls=True))
        .when(pl.col("state").is_not_null())
        .then(pl.format("wells without a compound, {}", "state"))
        .when(pl.col("solvent").is_not_null())
        .then(pl.format("wells without a compound, with solvent {}", "solvent"))
        .otherwise(pl.lit("wells without a compound")),
    )
    counts = reasons.group_by("reason", "role", maintain_order=True).len()
    return [f"{reason} ({count}) read as {role}" for reason, role, count in counts.head(20).iter_rows()]


def _unknown_words(table: pl.DataFrame, facts: pl.DataFrame, where: str) -> list[Finding]:
    unknown = facts["role"].is_null()
    if not unknown.any():
        return []
    words = facts["word"].filter(unknown).unique(maintain_order=True).to_list()
    count = f"{unknown.sum()} well{' has' if unknown.sum() == 1 else 's have'}"
    message = f"{count} a role that is not known: {list_some(map(repr, words))}"
    remedy = f"Say in the campaign's [layout.roles] which it is: {', '.join(ROLES)}"
    return [Finding("unknown_role", "error", message, f"{where}, {lines_of(table, unknown)}", remedy)]


def _uninfected_samples(table: pl.DataFrame, facts: pl.DataFrame, where: str) -> list[Finding]:
    samples = (facts["role"] == "sample").fill_null(False)
    uninfected = samples & (facts["state"] == "uninfected").fill_null(False)
    if not uninfected.any():
        return []
    place = f"{where}, {lines_of(table, uninfected)}"
    if (uninfected == samples).all():
        message = "no sample is infected, so that only readouts of the cells mean anything"
        return [Finding("uninfected_samples", "warning", message, place)]
    message = f"compounds are in infected wells and in {uninfected.sum()} uninfected ones, which no curve may mix"
    remedy = "Leave the uninfected ones out, or screen them as a campaign of their own"
    return [Finding("uninfected_samples", "error", message, place, remedy)]


def _unused_words(own: Mapping[str, str], columns: list[pl.Series], where: str) -> list[Finding]:
    unused = sorted(set(own) - {_key(text) for column in columns for text in column.drop_nulls().unique()})
    if not unused:
        return []
    message = f"the campaign gives roles to words that are not in the map: {list_some(unused)}"
    return [Finding("unused_role", "warning", message, where, "Check the spelling")]
