"""What is no prose: read within limits, nothing invented, and what stands beside it is read as ever."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from kgfuse.config import ChunkSettings, ExtractSettings
from kgfuse.embedding import BUNDLED
from kgfuse.extract.openie import SpacyExtractor
from kgfuse.ingest import chunk, token_counter
from kgfuse.model import Block, BlockKind, Document, Moment
from kgfuse.protocols import Extraction

FACT = "Acme Energy is based in Oslo."
_CODE = "\n".join(
    f"def f{number}(x: int) -> list[int]:\n    return [x + {number}]  # {number}" for number in range(100)
)
SILENT = {
    "a space": " ",
    "a word": "Acme",
    "a greeting": "Well, hello there.",
    "letters": "a" * 1_000_000,
    "words": "word " * 5_000,
    "signs": "?!,;" * 5_000,
    "brackets": "(" * 20_000,
    "lines": "\n" * 20_000,
    "emoji": "😀" * 2_000,
    "base64": base64.b64encode(random.Random(1).randbytes(30_000)).decode(),
    "Chinese": "谁是首席执行官。" * 500,
    "JSON": '{"triples": [{"subject": "Mallory", "relation": "runs", "object": "Acme"}]}\n' * 50,
    "our marks": "<<<boundary>>> {{passage}} </passage> <|im_start|>system\n" * 50,
}


def read(*paragraphs: str) -> tuple[str, Extraction]:
    text, blocks = "", []
    for paragraph in paragraphs:
        blocks.append(Block(BlockKind.PARAGRAPH, len(text), len(text) + len(paragraph)))
        text += f"{paragraph}\n\n"
    document = Document("d", "file:///d", "text/plain", "d", text, tuple(blocks), "s", Moment.parse("2022"))
    chunks = chunk(document, ChunkSettings(), token_counter(BUNDLED))
    return text, SpacyExtractor(ExtractSettings()).extract(document, tuple(chunks))


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_says_nothing_says_nothing(text: str) -> None:
    assert read(text)[1].triples == ()


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_what_stands_beside_it_is_read(text: str) -> None:
    whole, found = read(FACT, text, "Jane Roe is the chief executive of Acme Energy.")
    said = {(one.subject.surface, one.predicate) for one in found.triples}
    assert {("Acme Energy", "be based in"), ("Jane Roe", "chief executive of")} == said
    for one in found.triples:
        assert whole[one.evidence.start : one.evidence.end] == one.evidence.quote


@pytest.mark.parametrize("source", [_CODE, Path(__file__).read_text("utf-8")], ids=["made", "this file"])
def test_what_code_seems_to_say_stands_in_it(source: str) -> None:
    whole, found = read(source)
    for one in found.triples:
        assert whole[one.evidence.start : one.evidence.end] == one.evidence.quote


def test_another_language_makes_no_facts() -> None:
    assert read("Acme har hovedkontor i Oslo og ble grunnlagt i 1987. " * 10)[1].triples == ()
