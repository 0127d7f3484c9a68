"""Where a result came from: content keys that decide what must be redone, and the versions that made it."""

import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version

import swanneck

__all__ = ["content_key", "software_versions"]

_PACKAGES = ("numpy", "scipy", "numba", "polars", "tifffile", "imagecodecs", "pydantic", "onnxruntime")


def content_key(*parts: object) -> str:
    """Digest settings, file identities and version marks into one key; equal parts, equal key.

    Parts are anything JSON can hold. Two steps with the same key would compute the same result; the version of
    swanneck is part of every key, so results of another version are never taken for this one's.

    >>> content_key("segment", {"b": 2, "a": 1}) == content_key("segment", {"a": 1, "b": 2})
    True
    """
    text = json.dumps(
        (swanneck.__version__, *parts), sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str
    )
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def software_versions() -> dict[str, str]:
    """Give the versions of swanneck, Python and the packages that numbers depend on.

    >>> software_versions()["swanneck"] == swanneck.__version__
    True
    """
    versions = {"swanneck": swanneck.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:  # an optional package that is not installed has no version to record
            continue
    return versions
