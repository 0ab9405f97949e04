"""The body of a mail: what its author wrote, and what is quoted from others.

Quoted replies and forwarded mails become QUOTE pieces, with the line that introduces them; a signature becomes a
paragraph of its own; wrapped lines become running text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kgfuse.ingest.layout import Piece, clean, fold
from kgfuse.ingest.mail_headers import moment_in
from kgfuse.ingest.prose import pieces, runs
from kgfuse.model import BlockKind

_MARKER = re.compile(r"[ \t]?(?:[A-Z]{0,3}>[ \t]?)+")
_WROTE = re.compile(
    r"(?:\b(?:wrote|writes|said|schrieb|a écrit|escribió|ha scritto|escreveu|skrev|schreef)\b[^.!?\n]{0,60}):\s*$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"^\s*(?:[-_*=]{2,}\s*(?:begin )?(?:original|forwarded|weitergeleitete|ursprüngliche|message d'origine)"
    r"[^\n]{0,60}?\s*[-_*=]{2,}"
    r"|Begin forwarded message:|Anfang der weitergeleiteten)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^\s*\**(?P<name>From|Sent|Date|To|Cc|Subject|Von|Gesendet|An|Betreff|De|Envoyé|À|Objet)\s*:\**\s*\S"
)
_RULE = re.compile(r"^\s*[-_=*~]{10,}\s*$")
_PAIR = ({"From", "Sent"}, {"From", "Date"}, {"From", "To"}, {"From", "Subject"}, {"Von", "Gesendet"}, {"De", "Envoyé"})


def text_pieces(text: str, *, flowed: bool = False, delete_space: bool = False) -> list[Piece]:
    """Return the pieces of a plain-text body; `flowed` and `delete_space` are the format and delsp of RFC 3676."""
    lines = clean(text).expandtabs(8).split("\n")
    if flowed and delete_space:
        lines = _rejoined(lines)
    flowed = flowed and sum(line.endswith(" ") and line.strip() not in {"--", ""} for line in lines) > 0
    found: list[Piece] = []
    body, signature = _signature(lines)
    for quoted, part in _voices(body):
        found.extend(_part(part, quoted, flowed))
    found.extend(Piece(BlockKind.PARAGRAPH, "\n".join(fold(line) for line in run)) for run in runs(signature))
    return mark_quotes(found)


def mark_quotes(found: Iterable[Piece]) -> list[Piece]:
    """Return the pieces with everything after the head of a quoted or forwarded mail marked as a quote.

    There, the level of what was a quote before is 1.
    """
    items = list(found)
    out: list[Piece] = []
    rest_quoted = False
    for index, piece in enumerate(items):
        following = items[index + 1] if index + 1 < len(items) else None
        if not rest_quoted and piece.kind is not BlockKind.QUOTE:
            head = _ORIGINAL.match(piece.text) is not None or _is_header([piece.text, *_texts(items, index)])
            wrote = _WROTE.search(piece.text) is not None and len(piece.text) < 300 and following is not None
            rest_quoted = head or (
                wrote and all(item.kind is not BlockKind.QUOTE for item in items[index:]) and _dated(piece.text)
            )
            if wrote and following is not None and following.kind is BlockKind.QUOTE:
                piece = replace(piece, kind=BlockKind.QUOTE, level=None)  # noqa: PLW2901
        within = 1 if piece.kind is BlockKind.QUOTE else None  # so marked already: what a quoted mail quotes in turn
        out.append(replace(piece, kind=BlockKind.QUOTE, level=within) if rest_quoted else piece)
    return out


_BEHALF = re.compile(r"\bOn Behalf Of\s+([^\[<]+)", re.IGNORECASE)
_MAILTO = re.compile(r"\[mailto:([^\]\s]+)\]", re.IGNORECASE)
_FIELDS = {
    "From": "From", "Von": "From", "De": "From", "Sent": "Date", "Date": "Date", "Gesendet": "Date", "Envoyé": "Date",
    "To": "To", "An": "To", "À": "To", "Cc": "Cc", "Subject": "Subject", "Betreff": "Subject", "Objet": "Subject",
}  # fmt: skip
_FIELD_LINE = re.compile(
    r"(?:(?<=\s)|^)\**(?P<name>From|Sent|Date|To|Cc|Subject|Von|Gesendet|An|Betreff|De|Envoyé|À|Objet)\s*:\**[ \t]*"
)


def forwarded(found: Iterable[Piece]) -> list[tuple[str, bytes]]:
    """Return the mail (name and bytes) that stands in a body below a head of its own: From, and Sent or Date with a date.

    It reaches to the end of the body; what it quotes in turn stays quoted.
    """
    items = list(found)
    for index in range(len(items)):
        head, end = _head(items, index)
        rest = items[end:]
        if "From" not in head or moment_in(head.get("Date", "")) is None or not rest:
            continue
        outer = items[index].level is not None  # the head itself stands within a quotation
        text = "\n\n".join(item.text if item.level is None or outer else _requoted(item.text) for item in rest)
        lines = [f"{name}: {_sent_by(value) if name == 'From' else value}" for name, value in head.items()]
        mail = "\n".join([*lines, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text])
        return [(head.get("Subject") or "forwarded mail", mail.encode("utf-8", "replace"))]
    return []


def _head(items: list[Piece], start: int) -> tuple[dict[str, str], int]:
    """Return the fields of the head of a quoted mail that begins with a piece, and the index of the piece below it."""
    text = items[start].text
    if announced := _ORIGINAL.match(text):
        text = text[announced.end() :].strip()
    elif not _is_header([text, *_texts(items, start)]):
        return {}, start
    head = _fields(text)
    end = start + 1
    while end < len(items) and end < start + 8 and (fields := _fields(items[end].text)):
        head = {**fields, **head}
        end += 1
    return head, end


def _requoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _sent_by(value: str) -> str:
    """Return a sender as headers write it: a list that speaks on behalf of somebody is left out."""
    behalf = _BEHALF.search(value)
    return behalf[1].strip() if behalf else _MAILTO.sub(r"<\1>", value)


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a mail's head that a piece holds, by their English names; nothing when it is something else."""
    if not _FIELD_LINE.match(text):
        return {}
    starts = list(_FIELD_LINE.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    values = (fold(text[match.end() : end]).strip("* ")[:500] for match, end in zip(starts, ends, strict=True))
    return {_FIELDS[match["name"]]: value for match, value in zip(starts, values, strict=True)}


def _dated(text: str) -> bool:
    return text.startswith(("On ", "Am ", "Le ", "El ", "Il ", "At ")) or bool(
        re.search(r"\b(?:19|20)\d\d\b|<[^>]+@", text)
    )


def _texts(items: list[Piece], index: int) -> list[str]:
    return [item.text for item in items[index + 1 : index + 4]]


def _is_header(texts: list[str]) -> bool:
    """Whether the first text begins the header of a quoted mail, such as Outlook writes it."""
    lines = [line for text in texts for line in text.split("\n")][:5]
    if not lines or not re.match(r"\s*\**(?:From|Von|De)\s*:", lines[0]):
        return False
    names = {match["name"] for line in lines if (match := _HEADER.match(line))}
    names |= set(re.findall(r"\b(Sent|Date|To|Subject|Gesendet|Envoyé):", lines[0]))
    return any(pair <= names for pair in _PAIR)


def _part(lines: list[str], quoted: bool, flowed: bool) -> Iterator[Piece]:
    kind = BlockKind.QUOTE if quoted else BlockKind.PARAGRAPH
    for run in runs(line for line in lines if not _RULE.match(line)):
        if sum(_HEADER.match(line) is not None for line in run) >= 2:
            yield Piece(kind, "\n".join(fold(line) for line in run))
        else:
            yield from pieces(run, kind, flowed=flowed)


def _voices(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield runs of lines of the same quotation depth, marks removed; the line 'X wrote:' goes with the quote below it."""
    depth, run = 0, [""]
    for line in lines:
        mark = _MARKER.match(line)
        level = mark[0].count(">") if mark else 0
        if not line.strip():
            run.append("")
            continue
        if level != depth:
            moved = _attribution(run) if level > depth == 0 else []
            yield depth > 0, run
            if moved:
                yield True, moved
            depth, run = level, []
        run.append(line[mark.end() :] if mark else line)
    yield depth > 0, run


def _attribution(run: list[str]) -> list[str]:
    """Take the paragraph off the end of `run` that introduces a quote, if there is one."""
    end = len(run)
    while end and not run[end - 1].strip():
        end -= 1
    start = end
    while start and run[start - 1].strip() and end - start < 3:
        start -= 1
        text = " ".join(run[start:end])
        if _WROTE.search(text) and (
            start == 0 or not run[start - 1].strip() or re.match(r"\s*(?:On|At|Am|Le|El)\b", text)
        ):
            moved = run[start:end]
            del run[start:]
            return moved
    if start < end and _WROTE.search(run[end - 1]):
        moved = run[end - 1 : end]
        del run[end - 1 :]
        return moved
    return []


def _signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Split off what stands below the last ``-- `` line, or below a mailing list's rule near the end."""
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        below = sum(bool(item.strip()) for item in lines[index + 1 :])
        if below > 15:
            break
        if line.rstrip() == "--" or (re.fullmatch(r"_{30,}\s*", line) and below <= 6):
            rest = lines[index + 1 :]
            if not any(_MARKER.match(item) for item in rest):
                body, outer = _signature(lines[:index])
                return body, [*outer, "", *rest]
    return lines, []


def _rejoined(lines: list[str]) -> list[str]:
    out: list[str] = []
    for line in lines:
        if out and out[-1].endswith(" ") and out[-1] != "-- ":
            out[-1] = out[-1][:-1] + line
        else:
            out.append(line)
    return out
