"""Small bright things in and around cells: parasites, kinetoplasts, bacteria; and the host nuclei among them."""

from swanneck.imaging.segmentation.spots.bacteria import BacteriaSettings, find_bacteria
from swanneck.imaging.segmentation.spots.hosts import (
    HostSettings,
    estimate_host_diameter,
    outline_hosts,
    segment_hosts,
)
from swanneck.imaging.segmentation.spots.peaks import (
    Spots,
    SpotSettings,
    count_spots,
    find_spots,
    measure_nuclear_contrast,
)

__all__ = [
    "BacteriaSettings", "HostSettings", "SpotSettings", "Spots", "count_spots", "estimate_host_diameter",
    "find_bacteria", "find_spots", "measure_nuclear_contrast", "outline_hosts", "segment_hosts",
]  # fmt: skip
