"""The style sheet and the saved queries of Neo4j Browser."""

from __future__ import annotations

import io
import re
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

from kgfuse import KnowledgeBase, Settings
from kgfuse.errors import UsageError
from kgfuse.graph.neo4j import schema
from kgfuse.graph.neo4j.browser import FOLDER, QUERIES_FILE, STYLE_FILE, queries_archive, saved_queries, style_sheet
from kgfuse.ontology import builtin_ontology, parse_ontology
from tests.graph.neo4j.conftest import Pushed

QUERIES = {name: text for name, text in saved_queries().items() if ":config" not in text}
CUSTOM = """
extends: builtin
types: {Fact: null, Surgeon: Person, Vessel: null, Tanker: Vessel}
"""


def _rules(text: str) -> dict[str, dict[str, str]]:
    """Read a style sheet as strictly as the Browser's parser does: no comments, one colon a line."""
    found = re.findall(r"^([\w.]+) \{\n((?:  [a-z-]+: [^:;]+;\n)+)\}\n", text, re.MULTILINE)
    assert "".join(f"{selector} {{\n{body}}}\n\n" for selector, body in found).rstrip() == text.rstrip()
    return {
        selector: dict(line.strip(" ;").split(": ") for line in body.splitlines()) for selector, body in found
    }  # fmt: skip


def test_the_file_is_what_the_built_in_ontology_gives() -> None:
    assert (files("kgfuse.graph.neo4j") / STYLE_FILE).read_text("utf-8") == style_sheet(builtin_ontology())


def test_every_label_and_layout_type_has_a_rule_and_captions_are_names() -> None:
    rules = _rules(style_sheet(builtin_ontology()))
    labels = {*schema.names_of(builtin_ontology()).labels.values(), *schema.NODE_LABELS, schema.KNOWLEDGE_BASE}
    assert {f"node.{label}" for label in labels} <= set(rules)
    assert {f"relationship.{type}" for type in schema.LAYOUT_TYPES} <= set(rules)
    assert rules["relationship"]["caption"] == "'{valid} {name}'"
    assert {rules[f"node.{label}"]["caption"] for label in labels - {schema.KNOWLEDGE_BASE}} == {"'{name}'"}


def test_colours_are_types_and_words_can_be_read_on_them() -> None:
    rules = _rules(style_sheet(parse_ontology(CUSTOM)))
    assert rules["node.Surgeon"]["color"] == rules["node.Person"]["color"]
    assert rules["node.Tanker"]["color"] == rules["node.Vessel"]["color"]
    assert rules["node.FactEntity"] != rules["node.Fact"]
    families = {rules[f"node.{name}"]["color"] for name in ("Person", "Organization", "Place", "Event", "Work")}
    assert len(families) == 5
    for selector, rule in rules.items():
        if selector.startswith("node."):
            text = rule.get("text-color-internal", rules["node"]["text-color-internal"])
            assert _contrast(rule["color"], text) >= 4.5, selector


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 counts it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_archive_is_a_folder_of_titled_queries_and_always_the_same() -> None:
    assert queries_archive() == queries_archive()
    with zipfile.ZipFile(io.BytesIO(queries_archive())) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    assert held == {f"{FOLDER}/{name}": text for name, text in saved_queries().items()}
    assert [text[3] for text in held.values()] == [
        name.rpartition("/")[2][0] for name in held
    ]  # the Browser sorts by title


def test_export_writes_both_for_the_ontology_in_use(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(CUSTOM, "utf-8")
    settings = Settings(kb=tmp_path / "kb.db", ontology=tmp_path / "own.yaml")
    with KnowledgeBase.open(settings=settings) as kb:
        kb.export("browser", tmp_path / "out")
        with pytest.raises(UsageError, match="needs a folder"):
            kb.export("browser", io.StringIO())
    assert (tmp_path / "out" / STYLE_FILE).read_text("utf-8") == style_sheet(parse_ontology(CUSTOM))
    assert (tmp_path / "out" / QUERIES_FILE).read_bytes() == queries_archive()


@pytest.mark.timeout(600)  # the first of them reads the corpus
@pytest.mark.parametrize("name", QUERIES)
def test_every_saved_query_finds_something_in_the_corpus(pushed: Pushed, name: str) -> None:
    """And Neo4j has nothing to remark on it: no name that the graph lacks, nothing deprecated."""
    with pushed.access.driver() as driver:
        found, summary, _ = driver.execute_query(QUERIES[name])
    assert found
    assert [status.gql_status for status in summary.gql_status_objects if status.is_notification] in ([], ["03N90"])
