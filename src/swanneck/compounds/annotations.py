"""What is known of a drug, joined to what was screened: by structure where there is one, else by name.

A key that stands for more than one drug is not guessed: the compound is listed with its candidates, for a person to
settle by a table of `compound` and `drug`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from swanneck.compounds.names import KINDS, name_keys
from swanneck.foundation.errors import InputError

__all__ = ["JoinedAnnotations", "hub_annotations", "join_annotations"]

_HUB = {"clinical_phase": "phase", "moa": "mechanism", "target": "target", "disease_area": "disease_area",
        "indication": "indication"}  # fmt: skip


@dataclass(frozen=True)
class JoinedAnnotations:
    """Each screened compound with its drug (`drug`, `joined_by`, the annotations), and what could not be joined.

    `ambiguous` lists compounds with more than one candidate: `compound`, `joined_by`, `candidates`.
    """

    table: pl.DataFrame
    ambiguous: pl.DataFrame

    @property
    def rate(self) -> float:
        """The share of compounds that were joined."""
        return 1 - self.table["drug"].null_count() / max(1, self.table.height)


def hub_annotations(drugs: pl.DataFrame, samples: pl.DataFrame | None = None) -> pl.DataFrame:
    """Bring the Drug Repurposing Hub's tables (Corsello et al. 2017, Nat Med 23:405) into the table that joins take.

    `drugs` and `samples` are its two files as text columns. One row per drug: `drug`, `phase`, `mechanism`, `target`,
    `disease_area`, `indication`, `structure` and `inchi_key` (of the first sample that has them), `aliases` (the
    vendors' names). Raises `InputError` where a column is missing.
    """
    needed = ["pert_iname", *_HUB]
    missing = [name for name in needed if name not in drugs.columns]
    if missing:
        problem = f"this is no table of drugs of the Repurposing Hub: it lacks {', '.join(missing)}"
        raise InputError(problem, remedy="Give repurposing_drugs_*.txt, and its samples as a second table")
    table = drugs.select(pl.col("pert_iname").alias("drug"), *(pl.col(old).alias(new) for old, new in _HUB.items()))
    table = table.filter(pl.col("drug").is_not_null()).unique("drug", keep="first", maintain_order=True)
    if samples is None:
        empty = pl.lit(None, pl.String)
        return table.with_columns(structure=empty, inchi_key=empty, aliases=pl.lit([], pl.List(pl.String)))
    lacking = [name for name in ("pert_iname", "smiles", "InChIKey", "vendor_name") if name not in samples.columns]
    if lacking:
        problem = f"this is no table of samples of the Repurposing Hub: it lacks {', '.join(lacking)}"
        raise InputError(problem, remedy="Give repurposing_samples_*.txt")
    each = samples.group_by(pl.col("pert_iname").alias("drug"), maintain_order=True).agg(
        structure=pl.col("smiles").drop_nulls().first(),
        inchi_key=pl.col("InChIKey").drop_nulls().first(),
        aliases=pl.col("vendor_name").drop_nulls().unique(maintain_order=True),
    )
    return table.join(each, on="drug", how="left", maintain_order="left")


def join_annotations(
    compounds: Sequence[str],
    annotations: pl.DataFrame,
    *,
    inchi_keys: Mapping[str, str] | None = None,
    settled: Mapping[str, str] | None = None,
) -> JoinedAnnotations:
    """Join screened compounds with annotated drugs: settled by a person, then by InChIKey, then by name.

    `annotations` has `drug`, and `inchi_key` and `aliases` where they are known. The kinds of agreement are tried from
    the strictest; the first that finds a drug decides, and where it finds several the compound is ambiguous. Drugs'
    own names go before aliases. Raises `InputError` where a settled drug is not among the annotations.

    >>> drugs = pl.DataFrame({"drug": ["vincristine", "rolipram", "(R)-(-)-rolipram"]})
    >>> done = join_annotations(["Vincristine (sulfate)", "unheard of"], drugs)
    >>> done.table.select("drug", "joined_by").rows()
    [('vincristine', 'name without salt'), (None, None)]
    """
    if "drug" not in annotations.columns:
        problem = "annotations need a column 'drug'"
        raise InputError(problem, remedy=f"There are: {', '.join(annotations.columns[:20])}")
    settled, inchi_keys = settled or {}, inchi_keys or {}
    known = set(annotations["drug"])
    unknown = [drug for drug in settled.values() if drug not in known]
    if unknown:
        problem = f"the annotations have no drug {unknown[0]!r}"
        raise InputError(problem, where="the table of settled names")
    index = _index_names(annotations)
    structures = _index_structures(annotations)
    rows, ambiguous = [], []
    for compound in dict.fromkeys(compounds):
        drugs, how = ([settled[compound]], "settled by hand") if compound in settled else ([], None)
        if not drugs and (key := inchi_keys.get(compound)):
            drugs, how = _by_structure(key, structures)
        if not drugs:
            drugs, how = _by_name(compound, index)
        rows.append((compound, drugs[0] if len(drugs) == 1 else None, how if len(drugs) == 1 else None))
        if len(drugs) > 1:
            ambiguous.append((compound, how, " | ".join(drugs)))
    schema = {"compound": pl.String, "drug": pl.String, "joined_by": pl.String}
    joined = pl.DataFrame(rows, schema=schema, orient="row").join(
        annotations, on="drug", how="left", maintain_order="left"
    )
    kinds = {"compound": pl.String, "joined_by": pl.String, "candidates": pl.String}
    return JoinedAnnotations(joined, pl.DataFrame(ambiguous, schema=kinds, orient="row"))


_Index = dict[str, dict[str, list[str]]]


def _index_names(annotations: pl.DataFrame) -> list[_Index]:
    """Give drugs by kind of agreement and key: first of the drugs' own names, then of their aliases."""
    own: _Index = {kind: {} for kind in KINDS}
    others: _Index = {kind: {} for kind in KINDS}
    aliases = annotations["aliases"] if "aliases" in annotations.columns else [None] * annotations.height
    for drug, names in zip(annotations["drug"], aliases, strict=True):
        for index, texts in ((own, [drug]), (others, names if names is not None else [])):
            for text in texts:
                for kind, keys in name_keys(text).items():
                    for key in keys:
                        found = index[kind].setdefault(key, [])
                        if drug not in found:
                            found.append(drug)
    return [own, others]


def _by_name(compound: str, indices: Sequence[_Index]) -> tuple[list[str], str | None]:
    wanted = name_keys(compound)
    # A key of either side may be the looser one: `ixazomib citrate` is the drug `ixazomib`, and the other way round.
    for depth, kind in enumerate(KINDS):
        for index, source in zip(indices, ("", " of a supplier"), strict=True):
            found: list[str] = []
            for mine in KINDS[: depth + 1]:
                for theirs in KINDS[: depth + 1]:
                    if kind in (mine, theirs):
                        found += [drug for key in wanted.get(mine, []) for drug in index[theirs].get(key, [])]
            if found:
                return list(dict.fromkeys(found)), kind + source
    return [], None


def _index_structures(annotations: pl.DataFrame) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    if "inchi_key" in annotations.columns:
        for drug, key in zip(annotations["drug"], annotations["inchi_key"], strict=True):
            if key:
                index.setdefault(key, []).append(drug)
                index.setdefault(key[:14], []).append(drug)
    return index


def _by_structure(key: str, index: Mapping[str, list[str]]) -> tuple[list[str], str | None]:
    if drugs := index.get(key):
        return drugs, "InChIKey"
    drugs = index.get(key[:14], [])
    return drugs, "InChIKey without stereochemistry" if drugs else None
