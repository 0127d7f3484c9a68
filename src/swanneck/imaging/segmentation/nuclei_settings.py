"""The settings by which nuclei are found."""

from pydantic import Field

from swanneck.foundation.settings import Settings

__all__ = ["NucleiSettings"]


class NucleiSettings(Settings):
    """How nuclei are found. Lengths are in nucleus diameters, so that one set serves every magnification.

    `method`, `diameter` and `smallest_area` are for both methods of our own, `dimmest` for the learned one, the others
    for the classical one.
    """

    method: str = "best"
    """`classical`, `learned`, another that is installed (see `find_nuclei_methods`), or `best`: learned, if it is
    installed, else classical."""
    diameter: float | None = Field(default=None, gt=0)
    """Typical diameter in pixels; None: estimated from the image."""
    dimmest: float = Field(default=0.15, ge=0, lt=1)
    """What stands less above its surroundings than this share of a typical nucleus is a ghost of a dead cell or out of
    focus. Chosen on BBBC038's fluorescence images, where 98 % of the annotated nuclei are brighter."""
    threshold_factor: float = Field(default=1.0, gt=0)
    """Multiplies the automatic threshold: above 1 takes fewer dim nuclei, below 1 more."""
    smallest_area: float = Field(default=0.08, ge=0)
    """Pieces under this share of a typical nucleus' area are debris and are left out."""
    surroundings: float = Field(default=0.5, gt=0)
    """What is around a nucleus is darker than this share of its level, or it is haze; a piece of a tenth of a typical
    nucleus' area must be twice as clear. Chosen on half of BBBC038's fluorescence images."""
    edge_level: float = Field(default=0.43, gt=0, lt=1)
    """Where the outline lies between the local background (0) and the nucleus' own level (1). Half height, the edge
    of a blurred disc, is 0.5; people draw slightly outside of it."""
    prominence: float = Field(default=0.04, ge=0)
    """Two peaks of depth (in nucleus radii) plus relative intensity are one nucleus if the saddle between them is
    less than this under the lower one."""
    noise_factor: float = Field(default=5.0, ge=0)
    """A nucleus stands at least this many standard deviations of the noise above its background (Rose 1948: 5)."""
