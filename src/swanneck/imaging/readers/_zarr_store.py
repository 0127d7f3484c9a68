"""The one module that imports zarr to read: a local store that looks at every chunk's path before opening it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import zarr
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

__all__ = ["open_array"]

Check = Callable[[Path, str], None]


def open_array(path: Path, check: Check) -> Any:
    """Open an array for reading; `check` is called with its folder and the key of each chunk before that is read."""
    return zarr.open_array(store=_CheckedStore(path, check), mode="r")


class _CheckedStore(LocalStore):
    def __init__(self, root: Path, check: Check) -> None:
        super().__init__(root, read_only=True)
        self._check = check

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        self._check(self.root, key)
        return super().get_sync(key, **options)

    async def get(
        self, key: str, prototype: BufferPrototype | None = None, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        self._check(self.root, key)
        return await super().get(key, prototype, byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        wanted = list(key_ranges)
        for key, _ in wanted:
            self._check(self.root, key)
        return await super().get_partial_values(prototype, wanted)
