"""A few pictures of the controls, in the page itself so that they print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from swanneck.reports.well_data import ROLE_WORDS, picture_address

__all__ = ["Contact", "ContactGroup", "gather_contacts"]

_PER_GROUP = 6


@dataclass(frozen=True)
class Contact:
    """One well's picture; `number` is its well's number in the page."""

    number: int
    well: str
    source: str


@dataclass(frozen=True)
class ContactGroup:
    """The pictures of one plate's controls of one kind."""

    plate: str
    role: str
    pictures: Sequence[Contact]


def gather_contacts(
    plate: pl.DataFrame, first_number: int, thumbnails: Mapping[tuple[str, str], bytes]
) -> list[ContactGroup]:
    """Choose some negative and positive controls of a plate, spread over it, of those that have a picture.

    `plate` holds the rows of one plate in the page's order, the first of which has the number `first_number`.
    """
    groups = []
    for role in ("negative_control", "positive_control"):
        rows = enumerate(plate.select("plate", "well", "role").iter_rows(), first_number)
        kept = [
            (number, name, well) for number, (name, well, own) in rows if own == role and (name, well) in thumbnails
        ]
        if len(kept) > _PER_GROUP:
            kept = [kept[index * len(kept) // _PER_GROUP] for index in range(_PER_GROUP)]
        pictures = [Contact(number, well, picture_address(thumbnails[name, well])) for number, name, well in kept]
        if pictures:
            groups.append(ContactGroup(kept[0][1], ROLE_WORDS[role], pictures))
    return groups
