"""Names of compounds: what two spellings of one drug have in common.

Suppliers write `Vincristine (sulfate)`, `ixazomib-citrate`, `Salinomycin (Procoxacin)`, `GSK 2606414`. From a name
come keys of falling strictness; a join says by which it was made. An ester that is named as a salt is (acetate) is
taken for one: look at joins by a name without salt.
"""

import re
import unicodedata

__all__ = ["KINDS", "name_keys"]

KINDS = ("same spelling", "name", "name without salt", "synonym in brackets", "name without stereochemistry")
"""How two names may agree, the strictest first."""

_SALTS = frozenset(
    "hydrochloride dihydrochloride trihydrochloride hcl 2hcl hydrobromide hbr sodium disodium potassium calcium "
    "magnesium lithium zinc citrate sulfate sulphate hemisulfate bisulfate phosphate diphosphate acetate maleate "
    "dimaleate fumarate hemifumarate succinate tartrate bitartrate mesylate dimesylate mesilate methanesulfonate "
    "besylate besilate tosylate ditosylate esylate edisylate bromide chloride iodide nitrate lactate malate pamoate "
    "oxalate benzoate trifluoroacetate tfa hydrate monohydrate dihydrate trihydrate hemihydrate anhydrous salt "
    "meglumine tromethamine olamine napsylate gluconate carbonate formate camsylate hyclate xinafoate adipate".split()
)
_STEREO = re.compile(
    r"[-\s]*\((?:[rsez±+-]|rs|\+/-|dl|[0-9]*[rs](?:,[0-9]*[rs])*|alternate-stereo)\)[-\s]*|^(?:dl|[dlrs])-",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")


def name_keys(name: str) -> dict[str, list[str]]:
    """Give the keys of a name by kind, letters and digits only but for the first; a kind without a new key is left out.

    >>> name_keys("Vincristine (sulfate)")["name without salt"]
    ['vincristine']
    >>> name_keys("Salinomycin (Procoxacin)")["synonym in brackets"]
    ['salinomycin', 'procoxacin']
    """
    keys: dict[str, list[str]] = {}
    seen: set[str] = set()

    def add(kind: str, text: str) -> None:
        key = _letters(text)
        if len(key) > 1 and key not in seen:
            seen.add(key)
            keys.setdefault(kind, []).append(key)

    keys[KINDS[0]] = ["=" + " ".join(name.casefold().split())]
    add(KINDS[1], name)
    bare = _without_salt(name)
    add(KINDS[2], bare)
    if (match := _BRACKETS.search(bare)) and not _STEREO.fullmatch(f"({match[1]})"):
        add(KINDS[3], _without_salt(bare[: match.start()]))
        add(KINDS[3], _without_salt(match[1]))
    add(KINDS[4], _STEREO.sub("-", bare))
    return keys


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("α", "alpha").replace("β", "beta"))
    return re.sub(r"[^a-z0-9]", "", plain)


def _without_salt(name: str) -> str:
    words = [word for word in re.split(r"(?<=[\w)])[\s-]+(?=[\w(])", name) if word]
    kept = [word for word in words if re.sub(r"[^a-z0-9]", "", word.casefold()) not in _SALTS]
    # A salt alone, such as sodium nitrate, is the compound itself.
    return "-".join(kept) if kept else name
