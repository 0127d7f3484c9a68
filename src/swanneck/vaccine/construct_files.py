"""A construct as the files that others read: GenBank, FASTA, a manifest, an order sheet."""

import csv
import io
import json
import math
import textwrap

from swanneck.foundation.provenance import software_versions
from swanneck.vaccine.coding_design import DesignSettings
from swanneck.vaccine.construct import Construct, ConstructSettings

__all__ = ["write_fasta_text", "write_genbank_text", "write_manifest_text", "write_order_text"]

_KEYS = {
    "promoter": "regulatory", "5' UTR": "5'UTR", "CDS": "CDS", "3' UTR": "3'UTR", "polyA": "misc_feature",
    "linearisation": "misc_feature",
}  # fmt: skip
_LINE = 60


def write_genbank_text(construct: Construct) -> str:
    """The template as a GenBank record with its features (International Nucleotide Sequence Database Collaboration,
    feature table 11). Equal constructs give equal text: the date is a fixed one.

    >>> from swanneck.vaccine.construct import design_construct
    >>> print(write_genbank_text(design_construct("small", "MGKA")).splitlines()[0].split()[:4])
    ['LOCUS', 'small', '501', 'bp']
    """
    template = construct.template
    name = "".join(sign if sign.isalnum() or sign in "_-." else "_" for sign in construct.name)[:16] or "construct"
    lines = [
        f"LOCUS       {name:<16} {len(template):>11} bp    DNA     linear   SYN 01-JAN-2000",
        f"DEFINITION  {' '.join(construct.name.split())}, template for in-vitro transcription.",
        "ACCESSION   .", "VERSION     .", "KEYWORDS    .", "SOURCE      synthetic construct",
        "  ORGANISM  synthetic construct", "            other sequences; artificial sequences.",
        "FEATURES             Location/Qualifiers",
        f"     source          1..{len(template)}",
        '                     /organism="synthetic construct"', '                     /mol_type="other DNA"',
    ]  # fmt: skip
    for feature in construct.features:
        lines.append(f"     {_KEYS[feature.kind]:<16}{feature.start + 1}..{feature.end}")
        lines += _qualifier("label", f"{feature.kind}: {feature.name}")
        lines += _qualifier("note", feature.source)
        if feature.kind == "promoter":
            lines += _qualifier("regulatory_class", "promoter")
        if feature.kind == "CDS":
            lines += [*_qualifier("codon_start", 1), *_qualifier("transl_table", 1)]
            lines += _qualifier("translation", construct.protein)
    lines.append("ORIGIN")
    for start in range(0, len(template), _LINE):
        row = template[start : start + _LINE].lower()
        lines.append(f"{start + 1:>9} " + " ".join(row[k : k + 10] for k in range(0, len(row), 10)))
    return "\n".join([*lines, "//", ""])


def _qualifier(key: str, value: str | int) -> list[str]:
    text = f"/{key}={value}" if isinstance(value, int) else f'/{key}="{value.replace(chr(34), chr(39))}"'
    wrapped = textwrap.wrap(text, 58, break_long_words=True, break_on_hyphens=False)
    return [f"{'':21}{line}" for line in wrapped]


def write_fasta_text(construct: Construct) -> str:
    """Template (DNA), transcript and coding sequence with stops (RNA) as FASTA.

    >>> from swanneck.vaccine.construct import design_construct
    >>> write_fasta_text(design_construct("small", "MGKA")).count(">")
    3
    """
    coding = construct.feature("CDS")
    entries = {
        "template": construct.template, "transcript": construct.transcript,
        "coding_sequence": construct.template[coding.start : coding.end].replace("T", "U"),
    }  # fmt: skip
    name = "_".join(construct.name.split())
    return "".join(f">{name}_{key}\n" + "\n".join(textwrap.wrap(text, _LINE)) + "\n" for key, text in entries.items())


def write_manifest_text(construct: Construct, settings: ConstructSettings, design_settings: DesignSettings) -> str:
    """Everything that the construct is made of and how it came about, as JSON."""
    design = construct.design
    manifest = {
        "name": construct.name,
        "settings": {"construct": settings.model_dump(), "design": design_settings.model_dump()},
        "design": {
            "energy_kcal_per_mol": design.energy, "cai": design.cai, "objective": design.objective,
            "is_optimal": design.is_optimal, "gap": design.gap if math.isfinite(design.gap) else None,
            "energy_model": "Turner 2004, 37 degrees, dangles 0, unmodified bases", "structure": design.structure,
        },
        "features": [
            {"kind": one.kind, "name": one.name, "start": one.start + 1, "end": one.end, "source": one.source}
            for one in construct.features
        ],
        "checks": [{"name": one.name, "passed": one.passed, "found": one.found} for one in construct.checks],
        "sequences": {"template": construct.template, "transcript": construct.transcript, "protein": construct.protein},
        "software": software_versions(),
    }  # fmt: skip
    return json.dumps(manifest, indent=2) + "\n"


def write_order_text(construct: Construct) -> str:
    """What to ask a maker of DNA and a maker of RNA for, as CSV."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    tail, cut = construct.feature("polyA"), construct.feature("linearisation")
    passed = all(check.passed for check in construct.checks)
    rows.writerows([
        ("item", "value"), ("name", construct.name), ("template_length", len(construct.template)),
        ("template", construct.template), ("promoter", construct.feature("promoter").name),
        ("cap", "CleanCap AG (cap 1, co-transcriptional)"), ("transcript_length", len(construct.transcript)),
        ("transcript", construct.transcript), ("tail", tail.name), ("linearise_with", cut.name),
        ("uridine", "N1-methylpseudouridine or uridine: outside the energy model"),
        ("all_checks_passed", "yes" if passed else "no"),
    ])  # fmt: skip
    return out.getvalue()
