"""What the grammar reads: tests/cases/openie.yaml, and what holds of any text."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import ExtractSettings, Settings
from kgfuse.extract import extractor_version, openie
from kgfuse.extract.openie import SpacyExtractor
from kgfuse.model import Block, BlockKind, Chunk, DateSource, Document, Literal, Moment, Triple
from kgfuse.protocols import Extraction

_CASES = Path(__file__).parent.parent / "cases"
_ROWS = yaml.safe_load((_CASES / "openie.yaml").read_text("utf-8"))


def _extract(row: dict[str, Any]) -> tuple[Document, Extraction]:
    text = row["text"]
    kind = BlockKind.QUOTE if row.get("quoted") else BlockKind.PARAGRAPH
    published = Moment.parse(row.get("date", "2022-03-01"))
    title, author = row.get("title", "Notes"), row.get("author")
    how = DateSource.FILE_TIME if row.get("file_time") else DateSource.METADATA
    blocks = (Block(kind, 0, len(text)),)
    media = "message/rfc822" if row.get("mail") else "text/plain"
    document = Document("d", "file:///d", media, title, text, blocks, "s", published, how, author=author)
    chunk = Chunk("c", "d", 0, len(text), text, quoted=row.get("quoted", False))
    return document, SpacyExtractor(ExtractSettings()).extract(document, (chunk,))


def _alike(triple: Triple, subject: str, predicate: str, value: str) -> bool:
    object = f"={triple.object.value}" if isinstance(triple.object, Literal) else triple.object.surface
    return (
        fnmatchcase(triple.subject.surface, subject)
        and any(fnmatchcase(triple.predicate, one) for one in predicate.split("/"))
        and fnmatchcase(object, value)
    )


def _in_band(triple: Triple, marks: list[str]) -> bool:
    above = all(triple.confidence > float(mark[1:]) for mark in marks if mark.startswith(">"))
    return above and all(triple.confidence < float(mark[1:]) for mark in marks if mark.startswith("<"))


def _ends(triple: Triple) -> list[str]:
    validity = triple.validity
    ends = [f"from {validity.valid_from}"] if validity.valid_from else []
    return ends + ([f"to {validity.valid_to}"] if validity.valid_to else [])


def _dated(marks: list[str]) -> list[str]:
    return [mark for mark in marks if mark.startswith(("from ", "to "))]


def _says(triple: Triple, wanted: str) -> bool:
    subject, predicate, value, *marks = wanted.split(" | ")
    return (
        _alike(triple, subject, predicate, value)
        and triple.negated == ("not" in marks)
        and _ends(triple) == _dated(marks)
        and {mark.removeprefix("with ") for mark in marks if mark.startswith("with ")}
        <= {f"{preposition} {phrase}" for preposition, phrase in triple.qualifiers}
        and _in_band(triple, marks)
    )


def _breaks(triple: Triple, unwanted: str) -> bool:
    """Whether a triple asserts what must not be asserted: at all, with these dates, or ('open') that it holds still."""
    subject, predicate, value, *marks = unwanted.split(" | ")
    still = "open" not in marks or triple.validity.valid_to is None
    dated = not _dated(marks) or _ends(triple) == _dated(marks)
    return (
        not triple.negated and still and dated and _alike(triple, subject, predicate, value) and _in_band(triple, marks)
    )


def _check(row: dict[str, Any]) -> None:
    _, found = _extract(row)
    missing = [one for one in row.get("says", []) if not any(_says(triple, one) for triple in found.triples)]
    wrong = [one for one in row.get("never", []) if any(_breaks(triple, one) for triple in found.triples)]
    assert (missing, wrong) == ([], [])


@pytest.mark.parametrize("row", [pytest.param(row, id=row["text"]) for row in _ROWS])
def test_what_it_says(row: dict[str, Any]) -> None:
    _check(row)


@pytest.mark.parametrize(
    "text",
    [
        "Ann Moe joined the board of Vik Solberg. Vik Solberg met Tom Poe in June.",
        "The combined company will be called Vik Solberg. Vik Solberg met Ann Moe in June.",
    ],
)
def test_what_has_a_board_or_is_called_a_company_is_no_person(text: str) -> None:
    _, found = _extract({"text": text})
    assert {m.entity_type for m in found.mentions if m.surface == "Vik Solberg"} == {"Organization"}


@pytest.mark.parametrize(
    ("text", "name", "type"),
    [
        ("The Skagen Star is a passenger ferry. The Skagen Star sank.", "Skagen Star", "Facility"),
        ("Acme Energy closed the Tarn Viaduct in 2019.", "Tarn Viaduct", "Facility"),
        ("Its highest point is Mount Skarn, which Jane Roe climbed.", "Mount Skarn", "Place"),
        ("Pale Harbour are a rock band. Pale Harbour toured Norway.", "Pale Harbour", "Organization"),
        ("Night Crawler is an album by Jane Roe.", "Night Crawler", "Work"),
        ("The ward was opened by Dame Judith Marsh.", "Judith Marsh", "Person"),
        ("On the ship Jane Roe met Tom Poe.", "Jane Roe", "Person"),
        ("The captain of the freighter, Andrei Popov, was arrested in Oslo.", "Andrei Popov", "Person"),
    ],
)
def test_what_a_text_calls_a_name_tells_its_type(text: str, name: str, type: str) -> None:
    _, found = _extract({"text": text})
    assert {mention.entity_type for mention in found.mentions if mention.surface == name} == {type}


def _answered(introduced: str) -> Extraction:
    """What is read of a mail of 18 June 2024 that quotes one, with this line above the quotation."""
    own, quoted = (
        "Bad news on Leeds: Raj resigned yesterday.",
        "Raj Patel will start as plant manager in Leeds on 1 April.",
    )
    parts = [(BlockKind.PARAGRAPH, own), (BlockKind.QUOTE, introduced), (BlockKind.QUOTE, quoted)]
    blocks, chunks, text = [], [], ""
    for number, (kind, part) in enumerate(parts):
        blocks.append(Block(kind, len(text), len(text) + len(part)))
        chunks.append(Chunk(f"c{number}", "d", len(text), len(text) + len(part), part, quoted=kind is BlockKind.QUOTE))
        text += f"{part}\n\n"
    sent = Moment.parse("2024-06-18")
    mail = Document("d", "file:///d", "message/rfc822", "Re: Leeds", text, tuple(blocks), "s", sent, DateSource.HEADER)
    return SpacyExtractor(ExtractSettings()).extract(mail, chunks)


@pytest.mark.parametrize(
    ("introduced", "begun"),
    [("On Mon, 4 Mar 2024 at 09:12, Karen Doyle wrote:", "from 2024-04-01"), ("Karen asked this before.", None)],
)
def test_what_a_mail_quotes_is_counted_from_its_own_date_and_comes_before_the_answer(
    introduced: str, begun: str | None
) -> None:
    said = [triple for triple in _answered(introduced).triples if triple.predicate == "plant manager of"]
    assert {triple.subject.surface for triple in said} == {"Raj Patel"}
    assert sorted(_ends(triple) for triple in said) == sorted([[begun] if begun else [], ["to 2024-06-17"]])


@pytest.mark.parametrize(
    ("title", "lead", "name", "type"),
    [
        (
            "Our history",
            "St. Olaf's School was founded in 1911. The school moved to York in 1936.",
            "St. Olaf's School",
            "Organization",
        ),
        ("MV Astra", "MV Astra is a ferry for pupils.", "MV Astra", "Facility"),
    ],
)
def test_a_table_counts_what_the_page_is_about(title: str, lead: str, name: str, type: str) -> None:
    table = "Year | Pupils\n2020 | 640\n2022 | 688"
    text = f"{lead}\n{table}"
    blocks = (Block(BlockKind.PARAGRAPH, 0, len(lead)), Block(BlockKind.TABLE, len(lead) + 1, len(text)))
    on = Moment.parse("2022-03-01")
    document = Document("d", "file:///d", "text/html", title, text, blocks, "s", on, DateSource.METADATA)
    found = SpacyExtractor(ExtractSettings()).extract(document, (Chunk("c", "d", 0, len(text), text),))
    pupils = [
        (t.subject.surface, t.subject.entity_type, t.object.value, t.object.unit, str(t.validity))
        for t in found.triples
        if t.predicate == "pupils" and isinstance(t.object, Literal)
    ]
    assert pupils == [
        (name, type, "640", "pupil", "2020 – 2021"),
        (name, type, "688", "pupil", "2022 – 2023"),
    ]


def test_what_stands_in_one_list_is_no_circumstance_of_the_rest() -> None:
    _, found = _extract({"text": "The room was filled with smoke and noise in the morning after the fire."})
    said = {
        triple.object.surface: triple.qualifiers for triple in found.triples if not isinstance(triple.object, Literal)
    }
    assert {"smoke", "noise"} <= set(said)
    assert not any(preposition == "with" for pairs in said.values() for preposition, _ in pairs)


_WORDS = st.sampled_from(
    "Jane Roe Acme Energy Oslo chief executive of was became acquired , . ( ) not 12.4 million euros in 2020 she the".split()
)
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=20).map(" ".join))


@settings(max_examples=40, deadline=None)
@given(_TEXTS)
def test_any_text_is_read_in_place_and_alike_each_time(text: str) -> None:
    document, found = _extract({"text": text})
    for triple in found.triples:
        evidence = triple.evidence
        assert evidence.quote == document.text[evidence.start : evidence.end]
        assert 0.05 <= triple.confidence <= 0.95
    for mention in found.mentions:
        # what a sentence implies ('revenue rose') has a place, but no words of its own there
        assert 0 <= mention.start <= mention.end <= len(text)
    _extract({"text": "Tom Poe founded Borealis Bank in Oslo."})
    assert _extract({"text": text})[1] == found


def test_version_is_known_without_the_model() -> None:
    assert SpacyExtractor(ExtractSettings()).version == extractor_version(Settings())


def test_tokens_are_compared_by_place() -> None:
    """A spaCy token is made anew at each look: `token.head is not token` holds at the root too, and loops for ever."""
    for path in Path(openie.__file__).parent.glob("*.py"):
        assert not re.search(r"\.head is (?!None)", path.read_text("utf-8")), path.name
