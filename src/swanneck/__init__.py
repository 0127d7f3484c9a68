"""swanneck: an open platform for infectious-disease response.

Plates of microscope images become hits. The rooms, from the ground up:

- `foundation`: errors, units, well names, table contracts, provenance, atomic files.
- `statistics`: robust location and scale, thresholds, dose-response curves.
- `imaging`: readers, illumination, segmentation, measurement of cells.
- `execution`: work spread over processes.
- `screening`: layouts, wells, quality, normalisation, dose response, hits, simulated plates.
- `reports`: results as pages.
- `workflows`: one readable recipe per main job; start here.
- `cli`: the `swanneck` command.

Importing `swanneck` imports none of them, so that `swanneck --help` answers at once.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
