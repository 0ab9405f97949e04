"""Calendar files (iCalendar, RFC 5545): meetings and tasks as headings with lines that explain themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgfuse.errors import NoText
from kgfuse.ingest.layout import About, Layout, document_of, fold
from kgfuse.ingest.sniff import CALENDAR
from kgfuse.ingest.text import decode
from kgfuse.model import BlockKind, DateSource, Moment
from kgfuse.protocols import RawFile, Reading

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;[^:;\"]+(?:\"[^\"]*\"[^:;\"]*)*)*):(?P<value>.*)", re.DOTALL
)
_COMMON_NAME = re.compile(r";CN=(?:\"([^\"]*)\"|([^;:]*))", re.IGNORECASE)
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_ESCAPE = re.compile(r"\\([\\;,nN])")
_SHOWN = {
    "DTSTART": "Start", "DTEND": "End", "DUE": "Due", "LOCATION": "Location", "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee", "STATUS": "Status",
}  # fmt: skip
_COMPONENTS = {"VEVENT", "VTODO", "VJOURNAL"}

Property = tuple[str, str, str]
"""Name, parameters (``;CN=…``), value."""


def read(file: RawFile) -> Reading:
    """Read a calendar. Raises NoText."""
    layout = Layout()
    title: str | None = None
    author: str | None = None
    stamped: Moment | None = None
    for component in _components(decode(file.content)):
        fields = {name: (parameters, value) for name, parameters, value in component}
        summary = _text(fields.get("SUMMARY", ("", ""))[1])
        title = title or summary or None
        author = author or (_who(*fields["ORGANIZER"]) if "ORGANIZER" in fields else None)
        stamped = stamped or _stamp(fields)
        layout.add(BlockKind.HEADING, summary or "Meeting", level=1)
        told = [(name, _shown(name, parameters, value)) for name, parameters, value in component if name in _SHOWN]
        layout.add(BlockKind.LIST, "\n".join(f"{_SHOWN[name]}: {value}" for name, value in told))
        for paragraph in _text(fields.get("DESCRIPTION", ("", ""))[1]).split("\n"):
            layout.add(BlockKind.PARAGRAPH, paragraph)
    if not layout.blocks:
        raise NoText("the calendar holds no meeting")
    about = About(title, author, stamped, DateSource.METADATA if stamped else None)
    return Reading((document_of(file, CALENDAR, layout, about),))


def _components(text: str) -> Iterator[list[Property]]:
    """Yield the properties of each meeting and task; those of alarms within them are left out."""
    found: list[Property] = []
    stack: list[str] = []
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, value = match["name"].upper(), match["value"]
        if name == "BEGIN":
            stack.append(value.strip().upper())
            found = [] if stack[-1] in _COMPONENTS else found
        elif name == "END":
            if stack and stack.pop() in _COMPONENTS and found:
                yield found
                found = []
        elif stack and stack[-1] in _COMPONENTS:
            found.append((name, match["parameters"], value))


def _stamp(fields: dict[str, tuple[str, str]]) -> Moment | None:
    """Return when the calendar was written: last modified, created or stamped (not when the meeting is)."""
    for name in ("LAST-MODIFIED", "DTSTAMP", "CREATED"):
        if name in fields and (match := _MOMENT.match(fields[name][1])):
            try:
                return Moment.parse(_iso(match))
            except ValueError:
                continue
    return None


def _iso(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, zone = match.groups()
    date = f"{year}-{month}-{day}"
    return date if hour is None else f"{date}T{hour}:{minute}:{second or '00'}{zone or ''}"


def _shown(name: str, parameters: str, value: str) -> str:
    if name in {"ORGANIZER", "ATTENDEE"}:
        return _who(parameters, value)
    match = _MOMENT.fullmatch(value.strip())
    return _iso(match).replace("T", " ") if match and name in {"DTSTART", "DTEND", "DUE"} else fold(_text(value))


def _who(parameters: str, value: str) -> str:
    match = _COMMON_NAME.search(parameters)
    name = fold((match[1] or match[2] or "") if match else "")
    return name or re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE)


def _text(value: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).strip()
