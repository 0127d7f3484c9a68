"""Which object belongs to which, and the cytoplasm as what is left of a cell without its nucleus.

Names are those of CellProfiler's RelateObjects and IdentifyTertiaryObjects.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from swanneck.imaging.measurement.geometry import ObjectPixels

__all__ = ["derive_cytoplasm", "find_parents", "relate_objects"]


def derive_cytoplasm(
    cells: ObjectPixels, nuclei: ObjectPixels, nucleus: Literal["shrunken", "whole"] = "shrunken"
) -> NDArray[np.int32]:
    """Give the cells' labels without the pixels of nuclei.

    With "shrunken", CellProfiler's default, the outline of a nucleus (its pixels beside another label or at the border
    of the image) stays with the cytoplasm.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> nuclei = list_object_pixels(np.array([[0, 1, 0]], np.int32))
    >>> derive_cytoplasm(list_object_pixels(np.array([[1, 1, 1]], np.int32)), nuclei, "whole").tolist()
    [[1, 0, 1]]
    """
    inside = nuclei.edges & 2 == 0 if nucleus == "shrunken" else np.ones(len(nuclei.edges), np.bool_)
    left = cells.labels.copy()
    left.ravel()[nuclei.places[inside]] = 0
    return left


def find_parents(children: ObjectPixels, parents: ObjectPixels) -> NDArray[np.int64]:
    """Give for each child the parent label that most of its pixels lie in (the lower of equal ones), 0 for none.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> parents = list_object_pixels(np.array([[1, 1, 2, 0]], np.int32))
    >>> find_parents(list_object_pixels(np.array([[1, 1, 1, 2]], np.int32)), parents).tolist()
    [1, 0]
    """
    parent = children.gather(parents.labels).astype(np.int64)
    pairs, shared = np.unique((children.members * (parents.count + 1) + parent)[parent > 0], return_counts=True)
    # The last write wins: the largest overlap comes last, and of equal ones the lowest parent.
    order = np.lexsort((-pairs, shared))
    found = np.zeros(children.count, np.int64)
    found[pairs[order] // (parents.count + 1)] = pairs[order] % (parents.count + 1)
    return found


def relate_objects(objects: dict[str, ObjectPixels]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Give `Parent_` and `Children_..._Count` columns: each kind of object is parent of those named after it.

    >>> from swanneck.imaging.measurement.geometry import list_object_pixels
    >>> one = list_object_pixels(np.array([[1, 0, 2]], np.int32))
    >>> columns = relate_objects({"Nuclei": one, "Cells": one})
    >>> columns["Cells"]["Parent_Nuclei"].tolist(), columns["Nuclei"]["Children_Cells_Count"].tolist()
    ([1.0, 2.0], [1.0, 1.0])
    """
    columns: dict[str, dict[str, NDArray[np.float64]]] = {name: {} for name in objects}
    names = list(objects)
    for place, parent in enumerate(names):
        for child in names[place + 1 :]:
            found = find_parents(objects[child], objects[parent])
            number = np.bincount(found, minlength=objects[parent].count + 1)[1:]
            columns[child][f"Parent_{parent}"] = np.where(objects[child].areas > 0, found, np.nan)
            columns[parent][f"Children_{child}_Count"] = np.where(objects[parent].areas > 0, number, np.nan)
    return columns
