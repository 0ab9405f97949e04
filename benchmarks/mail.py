"""Mails read whole: ``python -m benchmarks.mail [DIR] [--peer PYTHON]``.

A folder of mails, one a file (default: ``emails`` in KGFUSE_BENCH_DATA; licences are left out). Who sent each when, its ids
and its threads are compared with what the headers say by an independent parser: the standard library's with its modern
policy, and, in the environment whose Python `--peer` names, mail-parser. The reference threads join mails that name each
other in References or In-Reply-To; a thread is right when it has the same mails.

*Nothing lost*: the share of the words of every text part (plain; else the visible words of the page) that is found in the
documents read from the mail. *Quotes*: of the words in lines that begin with ``>``, the share that stands in blocks
of quotes; and of the words above the first such line and above any introduction to it, the share that does not.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from lxml import html
from rich.console import Console
from rich.table import Table

from benchmarks.hardware import RESULTS, surroundings
from kgfuse.config import IngestSettings
from kgfuse.ingest import read_raw
from kgfuse.ingest.sniff import MSG
from kgfuse.ingest.threads import mail_of, threads
from kgfuse.model import BlockKind, Document
from kgfuse.protocols import RawFile

_WORD = re.compile(r"\w+")
_ID = re.compile(r"<([^<>\s]+)>")
_QUOTED = re.compile(r"[ \t]?>")
_COPIED = re.compile(r"^-+ ?(?:original|forwarded) message|^_{20,}$|\bwrote:$", re.IGNORECASE | re.MULTILINE)
_PEER = """
import json, sys, mailparser
out = {}
for path in json.load(sys.stdin):
    try:
        mail = mailparser.parse_from_file(path)
        date = mail.date
        when = date and date.isoformat() + ('' if date.tzinfo else '+00:00')
        out[path] = [mail.from_[0][1].lower() if mail.from_ else None, when]
    except Exception as error:
        out[path] = [None, None]
json.dump(out, sys.stdout)
"""
_INSTALL = "python -m venv peer && peer/bin/pip install mail-parser; then --peer peer/bin/python"


@dataclass(frozen=True, slots=True)
class Headers:
    """What a parser says of a mail: address of the sender, time (UTC), its id and the ids it names."""

    sender: str | None
    sent_at: datetime | None
    id: str | None = None
    named: frozenset[str] = frozenset()


def mails_of(folder: Path) -> list[Path]:
    """Return the files of a folder that are mails by their place: all but licences and notes."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and "licen" not in path.name.lower()]


# ----------------------------------------------------------------------------------------------------------- the reference


def by_standard_library(content: bytes) -> tuple[Headers, EmailMessage]:
    """Return what the modern parser of the standard library says."""
    message = message_from_bytes(content.lstrip(), policy=default)
    assert isinstance(message, EmailMessage)
    named = {id for field in ("References", "In-Reply-To") for id in _ID.findall(_field(message, field))}
    own = _ID.findall(_field(message, "Message-ID"))
    return Headers(_address(message), _time(message), own[0] if own else None, frozenset(named)), message


def _field(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):
        return ""


def _address(message: EmailMessage) -> str | None:
    try:
        addresses = message["From"].addresses
        return addresses[0].addr_spec.lower() or None if addresses and addresses[0].domain else None
    except (ValueError, IndexError, AttributeError, TypeError):
        return None


def _time(message: EmailMessage) -> datetime | None:
    try:
        when = message["Date"].datetime
    except (ValueError, IndexError, AttributeError, TypeError):
        return None
    return None if when is None else when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)


def components(mails: Mapping[str, Headers]) -> dict[str, frozenset[str]]:
    """Return for each mail the mails of its thread: those connected by ids (by search, not by union and find)."""
    holders: dict[str, set[str]] = {}
    for name, mail in mails.items():
        for id in {*mail.named, *([mail.id] if mail.id else [])}:
            holders.setdefault(id, set()).add(name)
    found: dict[str, frozenset[str]] = {}
    for name in mails:
        if name in found:
            continue
        reached, waiting = {name}, [name]
        while waiting:
            mail = mails[waiting.pop()]
            for id in {*mail.named, *([mail.id] if mail.id else [])}:
                new = holders[id] - reached
                reached |= new
                waiting.extend(new)
        found.update(dict.fromkeys(reached, frozenset(reached)))
    return found


def texts_of(message: EmailMessage) -> Iterator[str]:
    """Yield the text of each part that a person would read; of alternatives the plain one."""
    for part in message.walk():
        kind = part.get_content_type()
        if part.get_filename() or kind not in {"text/plain", "text/html"} or part.is_multipart():
            continue
        if kind == "text/html" and _has_plain(message):
            continue
        try:
            text = part.get_content()
        except (LookupError, ValueError, KeyError, AttributeError):
            content = part.get_payload(decode=True)
            text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
        yield _visible(text) if kind == "text/html" else text


def _has_plain(message: EmailMessage) -> bool:
    return any(part.get_content_type() == "text/plain" and not part.get_filename() for part in message.walk())


def _visible(text: str) -> str:
    try:
        tree = html.fromstring(text.encode("utf-8", "replace"))
    except (ValueError, html.etree.ParserError):
        return ""
    for element in tree.xpath("//script|//style|//head|//title|//comment()|//select|//button|//noscript"):
        element.drop_tree()
    return " ".join(tree.itertext())


# --------------------------------------------------------------------------------------------------------------- measures


def words(texts: Iterable[str]) -> Counter[str]:
    """Return the words of some texts, counted, in lower case."""
    return Counter(word.casefold() for text in texts for word in _WORD.findall(text))


def quote_shares(plain: str, document: Document) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return ``(right, all)`` of the words marked as quoted, and of those certainly not: above all marks."""
    lines = plain.replace("\r\n", "\n").split("\n")
    marked = [line for line in lines if _QUOTED.match(line)]
    if not marked:
        return (0, 0), (0, 0)
    first = next(index for index, line in enumerate(lines) if _QUOTED.match(line))
    above = "\n".join(lines[:first]).rpartition("\n\n")[0]  # the last paragraph may introduce the quote
    own = _COPIED.split(above, maxsplit=1)[0]
    blocks = [(block.kind is BlockKind.QUOTE, document.text[block.start : block.end]) for block in document.blocks]
    quoted = words(text for is_quote, text in blocks if is_quote)
    said = words(text for is_quote, text in blocks if not is_quote)
    of_others, of_author = words(marked), words([own])
    return (
        (sum((of_others & quoted).values()), sum(of_others.values())),
        (sum((of_author & said).values()), sum(of_author.values())),
    )


def measure(paths: Sequence[Path], peer: Mapping[str, Headers]) -> dict[str, Any]:
    """Read all mails and compare."""
    contents = {str(path): path.read_bytes() for path in paths}
    read_raw(RawFile("file:///x.eml", "x.eml", b"From: a@b.example\n\nA text."), IngestSettings())  # imports
    started = time.process_time()
    readings = {
        name: read_raw(RawFile(Path(name).absolute().as_uri(), Path(name).name, content), IngestSettings())
        for name, content in contents.items()
    }
    seconds = time.process_time() - started
    reference = {name: by_standard_library(content) for name, content in contents.items()}
    heads = {name: readings[name].documents[0] for name in contents if readings[name].documents}
    mails = {name: mail for name, document in heads.items() if (mail := mail_of(document)) is not None}
    counts: Counter[str] = Counter()
    for name, document in heads.items():
        counts.update(_headers_right(reference[name][0], document))
        if name in peer:
            counts.update({f"peer_{key}": value for key, value in _headers_right(peer[name], document).items()})
        counts.update(_text_kept(reference[name][1], readings[name].documents))
    grouped = threads(list(mails.values()))
    mine: dict[str, set[str]] = {}
    for name, mail in mails.items():
        mine.setdefault(grouped[mail.document_id], set()).add(name)
    known = components({name: reference[name][0] for name in mails})
    right = sum(mine[grouped[mail.document_id]] >= known[name] for name, mail in mails.items())
    return {
        "mails": len(paths),
        "documents": sum(len(reading.documents) for reading in readings.values()),
        "not_read": sum(not reading.documents for reading in readings.values()),
        "reported": sum(not reading.documents and bool(reading.failures) for reading in readings.values()),
        "senders": [counts["sender"], counts["senders"]],
        "dates": [counts["date"], counts["dates"]],
        "ids": [counts["id"], counts["ids"]],
        "threads": [right, len(mails)],
        "threads_found": len(mine),
        "peer_senders": [counts["peer_sender"], counts["peer_senders"]],
        "peer_dates": [counts["peer_date"], counts["peer_dates"]],
        "words_kept": [counts["kept"], counts["words"]],
        "quoted_as_quotes": [counts["quote"], counts["quotes"]],
        "own_as_own": [counts["own"], counts["owns"]],
        "mails_per_cpu_second": round(len(paths) / seconds, 1),
    }


def _headers_right(true: Headers, document: Document) -> dict[str, int]:
    ids = {one.name: one.value for one in document.properties}
    address = document.source.removeprefix("mail:")
    when = document.published_at.at if document.published_at else None
    return {
        "sender": int(true.sender is not None and address == true.sender),
        "senders": int(true.sender is not None),
        "date": int(true.sent_at is not None and when == true.sent_at),
        "dates": int(true.sent_at is not None),
        "id": int(true.id is not None and ids.get("message_id") == true.id),
        "ids": int(true.id is not None),
    }


def _text_kept(message: EmailMessage, documents: Sequence[Document]) -> dict[str, int]:
    texts = [] if documents[0].media_type == MSG else list(texts_of(message))  # not for a parser of MIME
    wanted, given = words(texts), words([*(document.text for document in documents), documents[0].title])
    quoted, own = quote_shares("\n".join(texts), documents[0])
    return {
        "kept": sum((wanted & given).values()),
        "words": sum(wanted.values()),
        "quote": quoted[0],
        "quotes": quoted[1],
        "own": own[0],
        "owns": own[1],
    }


def ask_peer(python: str, paths: Sequence[Path]) -> dict[str, Headers]:
    """Return what mail-parser says, run in its own environment."""
    done = subprocess.run(
        [python, "-c", _PEER],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    found = {}
    for name, (address, when) in json.loads(done.stdout).items():
        moment = datetime.fromisoformat(when).astimezone(UTC) if when else None
        found[name] = Headers(address, moment)
    return found


def show(numbers: Mapping[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table("measure", "value", "share", title="Mails", title_justify="left")
    for name, value in numbers.items():
        if isinstance(value, list):
            share = f"{value[0] / value[1]:.4f}" if value[1] else "–"
            table.add_row(name.replace("_", " "), "/".join(map(str, value)), share)
        else:
            table.add_row(name.replace("_", " "), str(value), "")
    console.print(table)


def main() -> int:
    """Run the benchmark; status 1 when a mail is neither read nor reported."""
    parser = argparse.ArgumentParser(description="Mails: senders, dates, threads, quotes, nothing lost.")
    data = os.environ.get("KGFUSE_BENCH_DATA")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(data) / "emails" if data else None)
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has mail-parser")
    chosen = parser.parse_args()
    console = Console()
    if chosen.folder is None or not chosen.folder.is_dir():
        console.print("No folder of mails given, and KGFUSE_BENCH_DATA names none (see benchmarks/README.md).")
        return 2
    paths = mails_of(chosen.folder)
    if not chosen.peer:
        console.print(f"mail-parser is left out: {_INSTALL}", style="dim")
    numbers = measure(paths, ask_peer(chosen.peer, paths) if chosen.peer else {})
    show(numbers, console)
    report = {**surroundings(), "peer": bool(chosen.peer), "mail": numbers}
    (RESULTS / "mail.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    return 0 if numbers["not_read"] == numbers["reported"] else 1


if __name__ == "__main__":
    sys.exit(main())
