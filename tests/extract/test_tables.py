"""What tables and lists say: tests/cases/tables.yaml, and what holds of any table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.extract.listings import list_statements
from kgfuse.extract.measures import measure_of, unit_of
from kgfuse.extract.merged_cells import unmerged
from kgfuse.extract.passages import Row, passages, tables
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.tables import table_statements
from kgfuse.extract.tenures import holder, office_of_heading, person_name, tenure
from kgfuse.model import Block, BlockKind, Chunk, Document, Literal, Moment
from kgfuse.ontology import builtin_ontology

_ROWS = yaml.safe_load((Path(__file__).parent.parent / "cases" / "tables.yaml").read_text("utf-8"))
_ON = Moment.parse("2022-03-01")


def _document(kind: BlockKind, text: str, heading: str | None, lead: str = "") -> tuple[Document, tuple[Chunk, ...]]:
    text = text.rstrip("\n")
    whole = f"{lead}\n{text}" if lead else text
    blocks = [Block(BlockKind.PARAGRAPH, 0, len(lead))] if lead else []
    blocks.append(Block(kind, len(whole) - len(text), len(whole)))
    document = Document("d", "file:///d", "text/plain", "Acme", whole, tuple(blocks), "s", _ON)
    return document, (Chunk("c", "d", 0, len(whole), whole, (heading,) if heading else ()),)


def _said(row: dict[str, Any]) -> list[RowStatement]:
    topic = row.get("topic", "Acme")
    if "list" in row:
        document, chunks = _document(BlockKind.LIST, row["list"], row["heading"], row.get("lead", ""))
        return list(list_statements(passages(document, chunks), topic, _ON))
    document, chunks = _document(BlockKind.TABLE, row["table"], row.get("heading"))
    (rows,) = tables(document, chunks)
    return list(table_statements(rows, topic, _ON))


def _words(said: RowStatement) -> str:
    value = said.object
    object = f"={value.value} {value.unit or ''}".strip() if isinstance(value, Literal) else value
    parts = [said.subject, said.predicate, object]
    if not said.validity.unbounded:
        parts.append(str(said.validity))
    return " | ".join([*parts, *(value for _, value in said.qualifiers)])


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=(row.get("table") or row["heading"]).split("\n")[0]) for row in _ROWS]
)
def test_what_it_says(row: dict[str, Any]) -> None:
    said = _said(row)
    assert [_words(one) for one in said] == row["says"]
    assert all(0 < one.confidence < 0.95 for one in said)


def test_each_statement_points_at_its_line() -> None:
    for row in _ROWS:
        lead = f"{row['lead']}\n" if "lead" in row else ""
        text = lead + row.get("table", row.get("list", ""))
        lines = [line for line in text.split("\n") if line]
        for one in _said(row):
            assert any(text[one.row.start : one.row.end] in line for line in lines)


@pytest.mark.parametrize(
    ("predicate", "relation"),
    [
        ("chief executive of", "chief_executive_of"),
        ("cfo of", "chief_financial_officer_of"),
        ("chairman of", "chair_of"),
        ("mayor of", "mayor_of"),
        ("revenue", "revenue"),
        ("turnover", "revenue"),
        ("employees", "employee_count"),
        ("headquarters", "headquartered_in"),
        ("founded in", "founded_on"),
        ("opened in", "launched_on"),
        ("owner of", "owns"),
    ],
)
def test_predicates_land_on_relations(predicate: str, relation: str) -> None:
    assert (relation, False) in builtin_ontology().lookup(predicate)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("NOK million", ("NOK", 6)),
        ("(MNOK)", ("NOK", 6)),
        ("NOKm", ("NOK", 6)),
        ("TNOK", ("NOK", 3)),
        ("NOK 1000", ("NOK", 3)),
        ("EUR '000", ("EUR", 3)),
        ("$ bn", ("USD", 9)),
        ("All figures in EUR thousands", ("EUR", 3)),
        ("millions of euros", ("EUR", 6)),
        ("MW", ("MW", 0)),
        ("%", ("%", 0)),
        ("Key figures", None),
        ("millions", ("", 6)),
        ("THE", ("THE", 0)),
    ],
)
def test_units(text: str, found: tuple[str, int] | None) -> None:
    unit = unit_of(text)
    assert ((unit.name, unit.exponent) if unit else None) == found


def test_measures() -> None:
    named = {
        text: (measure.name if (measure := measure_of(text)) else None)
        for text in (
            "Total revenue",
            "Number of employees",
            "Net profit, NOK million",
            "Revenue per share",
            "Net sales",
        )
    }
    assert named == {
        "Total revenue": "revenue",
        "Number of employees": "employees",
        "Net profit, NOK million": "net profit",
        "Revenue per share": None,
        "Net sales": "net sales",
    }


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2011–2018", "2011 – 2018"),
        ("2011-18", "2011 – 2018"),
        ("2011 – present", "2011 – …"),
        ("2011–", "2011 – …"),
        ("since May 2011", "2011-05 – …"),
        ("appointed in 2011", "2011 – …"),
        ("until 2018", "… – 2018"),
        ("from March 2011 to June 2018", "2011-03 – 2018-06"),
        ("2019–2019", "2019 – 2020"),
        ("1921–1999", None),
        ("2011", None),
        ("long ago", None),
        ("", None),
    ],
)
def test_tenures(text: str, when: str | None) -> None:
    found = tenure(text, _ON)
    assert (str(found) if found else None) == when


def test_names_and_headings() -> None:
    names = ("Dr. Jane Roe", "Jan van der Berg", "Acme Holding AS", "Vice President", "jane roe", "Jane", "Roe 2")
    assert [person_name(name) for name in names] == ["Jane Roe", "Jan van der Berg", *[None] * 5]
    headings = {
        "Chief executives": ("chief executive", None, False),
        "Former chairmen of the board": ("chairman", None, True),
        "Past and present presidents": ("president", None, False),
        "3.2 Prime ministers of Norway": ("prime minister", "Norway", False),
        "Owners": None,
        "Ministers": None,
        "The director speaks": None,
        "How the chair is elected": None,
    }
    for text, wanted in headings.items():
        found = office_of_heading(text)
        assert ((found.office.name, found.where, found.former) if found else None) == wanted, text


_CELLS = st.text(max_size=12) | st.sampled_from(
    "|Revenue|2019|2020|NOK million|12|(3)|1 234 5|Jane Roe|Chief executive|Name|Since|Founded|4 May 2011|Owner|Acme AS|"
    "Year|Employees|2016 2017|74 118|Position: Chair|To: 2018|Total|2018–|As of|31 December 2020".split("|")
)
_TABLES = st.lists(st.lists(_CELLS, min_size=1, max_size=4), max_size=5)


@given(_TABLES, st.sampled_from([None, "Acme"]), st.none() | st.just(_ON))
def test_any_table_gives_whole_statements(cells: list[list[str]], topic: str | None, on: Moment | None) -> None:
    chunk = Chunk("c", "d", 0, 1, "x", ("Chief executives",))
    rows = [Row(chunk, 0, 1, tuple(line)) for line in cells]
    assert [len(row.cells) for row in unmerged([])] == []
    for said in table_statements(rows, topic, on):
        start, end = said.validity.valid_from, said.validity.valid_to
        assert start is None or end is None or start.at < end.at
        assert said.subject.strip()
        assert said.predicate.strip()
        assert said.object if isinstance(said.object, str) else said.object.value


@given(st.text(max_size=60))
def test_any_item(text: str) -> None:
    found = holder(text, _ON)
    assert found is None or " " in found.person
