"""The base of every settings object: frozen, validated once, unknown keys refused."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Settings"]


class Settings(BaseModel):
    """What the user chose. Each room declares its own small subclass.

    >>> class Blur(Settings):
    ...     sigma: float = 1.0
    >>> Blur(sigma=2.0)
    Blur(sigma=2.0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ser_json_inf_nan="strings")
