"""Where the evidence of candidates comes from; apart from the rest so that a campaign is read without RDKit."""

from pathlib import Path

from swanneck.compounds.ranking import RankingWeights
from swanneck.foundation.errors import SettingsError
from swanneck.foundation.settings import Settings

__all__ = ["EvidenceFiles", "ScreenColumns", "TargetEvidence"]


class ScreenColumns(Settings):
    """Which columns of a table of results say what; a folder of results needs none.

    `remaining` is percent of the untreated control that is left (infection), `inhibition` percent taken away; one of
    them is needed. `second` is a further readout from 0 (as infected) to 1 (as healthy); `viability` percent of cells.
    """

    compound: str = "compound"
    remaining: str | None = None
    inhibition: str | None = None
    second: str | None = None
    viability: str | None = None
    concentration: str | None = None
    unit: str | None = None


class TargetEvidence(Settings):
    """Where more evidence comes from, and what counts as near.

    - `members`: a table with a column `compound`: these stand for the hits, such as one cluster of a profile map.
    - `profiles`: a table of profiles, with its column of compounds `profile_compound`.
    - `genes`: a table of genes (`gene`, and a column of calls unless all are hits) of a knock-down screen.
    - `least_chemical`: Tanimoto similarity of Morgan fingerprints; above 0.5 neighbours share activity more often than
      by chance (Martin, Kofron and Traphagen 2002, J Med Chem 45:4350, found 30 % at 0.85, with other fingerprints).
    - `least_profile`: cosine similarity of mean profiles. `most`: neighbours of each hit.
    """

    members: Path | None = None
    profiles: Path | None = None
    profile_compound: str = "compound"
    genes: Path | None = None
    least_chemical: float = 0.5
    least_profile: float = 0.5
    most: int = 5

    def below(self, folder: Path) -> "TargetEvidence":
        """Give the same with relative paths taken from a folder."""
        named = {"members": self.members, "profiles": self.profiles, "genes": self.genes}
        return self.model_copy(update={name: folder / path for name, path in named.items() if path is not None})


class EvidenceFiles(Settings):
    """The files that evidence comes from: `drugs` and `samples` of the Repurposing Hub, the others the user's tables.

    `names` settles joins: `compound`, `drug`. `exposure`: see `compounds.exposure`. `other_screens`: `compound` or
    `structure`, and one column of calls (0/1, true/false). `weights` are the settings of the score, `targets` what is
    asked of targets beyond the Hub's annotations.
    """

    drugs: Path
    samples: Path | None = None
    names: Path | None = None
    exposure: Path | None = None
    other_screens: tuple[Path, ...] = ()
    weights: RankingWeights = RankingWeights()
    targets: TargetEvidence = TargetEvidence()

    def below(self, folder: Path) -> "EvidenceFiles":
        """Give the same files with relative paths taken from a folder, such as a campaign's."""
        return EvidenceFiles(
            drugs=folder / self.drugs,
            samples=None if self.samples is None else folder / self.samples,
            names=None if self.names is None else folder / self.names,
            exposure=None if self.exposure is None else folder / self.exposure,
            other_screens=tuple(folder / path for path in self.other_screens),
            weights=self.weights,
            targets=self.targets.below(folder),
        )

    def check(self) -> None:
        """Raise `SettingsError` where a file is missing, so that a long run does not end with it."""
        own = (self.drugs, self.samples, self.names, self.exposure, *self.other_screens)
        named = (*own, self.targets.members, self.targets.profiles, self.targets.genes)
        absent = [str(path) for path in named if path is not None and not path.is_file()]
        if absent:
            problem = "candidates: a file is missing"
            raise SettingsError(problem, where=", ".join(absent))
