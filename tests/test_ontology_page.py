"""docs/ontology.md: its example loads, and it describes every field."""

from __future__ import annotations

import re
from pathlib import Path

from kgfuse.ontology import Cardinality, Relation, parse_ontology

PAGE = (Path(__file__).parent.parent / "docs" / "ontology.md").read_text("utf-8")


def example() -> str:
    match = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert match is not None
    return match[1]


def test_the_example_loads_and_means_what_the_page_says() -> None:
    ontology = parse_ontology(example(), "docs/ontology.md")
    assert ontology.is_a("Ship", "Product")
    assert ontology.lookup("is moored at") == ontology.lookup("moored at") == (("moored_at", False),)
    assert ontology.lookup("hosts ship") == ()
    assert ontology.lookup("host ship") == (("moored_at", True),)
    assert ontology.relation("master_of").cardinality is Cardinality.ONE_AT_A_TIME
    assert ontology.admits("master_of", "Person", "Ship")
    assert not ontology.admits("master_of", "Ship", "Person")
    assert "chief_executive_of" in ontology.relations


def test_every_field_of_a_relation_is_described_and_shown() -> None:
    for field in Relation.__dataclass_fields__:
        assert field == "name" or f"| `{field}` |" in PAGE
        assert field == "name" or re.search(rf"^    {field}: ", example(), re.MULTILINE), field
