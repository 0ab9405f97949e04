"""Values as plain data, for `--json` and for callers that want dictionaries."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any


class Plain:
    """A dataclass that callers may want as a dictionary."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return what `json.dumps` takes: times as ISO 8601, statuses by name."""
        found: dict[str, Any] = to_plain(self)
        return found


def to_plain(value: Any) -> Any:
    """Turn a value of `kgfuse.model` into what `json.dumps` takes: times as ISO 8601, errors as name, message and hint.

    A value with a method ``as_plain`` says itself what it is.
    """
    if hasattr(value, "as_plain"):
        return value.as_plain()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Exception):
        return {"error": type(value).__name__, "message": str(value), "hint": getattr(value, "hint", "")}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value
