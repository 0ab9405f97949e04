"""Ways to fail, for the loopback server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One way to fail. `raw` replaces the whole body; `promised` is the Content-Length announced instead of the true one."""

    status: int = 200
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    promised: int | None = None
    hang: bool = False
    drop: bool = False
    late: bool = False
    """Whether the reply is generated (and paid for) before it fails."""

    content_type: str = "application/json"


HANG = Fault(hang=True)
DROP = Fault(drop=True)
BROKEN_BODY = Fault(raw=b'{"choices": [{"mess')
TRUNCATED_BODY = Fault(raw=b'{"choices": [{"message": ', promised=5000)
WEB_PAGE = Fault(raw=b"<html>Welcome</html>", content_type="text/html")


def refused(status: int, message: str, **headers: str) -> Fault:
    """An error reply in OpenAI's form; header names are written with underscores."""
    return Fault(status, message, {name.replace("_", "-"): value for name, value in headers.items()})
