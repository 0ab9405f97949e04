"""Addresses of knowledge bases in Neo4j."""

from __future__ import annotations

import pytest

from kgfuse.errors import UsageError
from kgfuse.graph.neo4j.address import Address, is_address, parse_address
from kgfuse.graph.neo4j.queries import lucene, quoted


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("neo4j://host:7687", Address("neo4j://host:7687", None)),
        ("bolt+ssc://host/acme", Address("bolt+ssc://host", "acme")),
        ("neo4j+s://host/my%20graph?policy=eu", Address("neo4j+s://host?policy=eu", "my graph")),
    ],
)
def test_addresses_are_read(text: str, address: Address) -> None:
    assert is_address(text)
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["kgfuse.db", "./neo4j:/x", "C:\\kb.db", "neo4j", "https://host", None])
def test_files_are_no_addresses(text: str | None) -> None:
    assert not is_address(text)


@pytest.mark.parametrize("text", ["neo4j://ann:hush@host", "bolt://hush@host:1/kb", "neo4j://[hush"])
def test_secrets_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_address(text)
    assert "hush" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", None),
        ("?!", None),
        ("the", '"the"'),
        ('Who "ran" Acme AND Beta*', '"ran" OR "acme" OR "beta"'),
        ("O'Brien's", '"o" OR "brien" OR "s" OR "O\'Brien\'s"'),
        ("x:y^2~", '"x" OR "y" OR "2"'),
    ],
)
def test_any_text_becomes_a_query_of_quoted_words(text: str, query: str | None) -> None:
    assert lucene(text) == query


def test_whole_values_are_quoted() -> None:
    assert quoted('a "b" \\') == '"a \\"b\\" \\\\"'
