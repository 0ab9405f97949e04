"""Values as plain data, for `--json` and for callers that want dictionaries."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from kgfuse.model import Moment, Validity


def to_plain(value: Any) -> Any:
    """Turn a value of `kgfuse.model` into what `json.dumps` takes: times as ISO 8601, errors as name, message and hint."""
    if isinstance(value, Moment):
        return str(value)
    if isinstance(value, Validity):
        return {"from": to_plain(value.valid_from), "to": to_plain(value.valid_to)}
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
