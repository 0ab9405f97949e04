"""Rows of tables: what is told of them, and which of them answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgfuse import KnowledgeBase
from kgfuse.model import Chunk, Hit, chunk_id
from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve import read_question
from kgfuse.retrieve.rows import asked_row, shortened

PETRA = (
    "Name: Petra Nowak | Department: Quality | Start date: 2021-01-04 | Manager: Ingrid Solberg | Reports to: Jane Roe"
)
INGRID = "Name: Ingrid Solberg | Department: Procurement | Start date: 2018-03-01 | Manager: Ola Brekke"
SHIP = "Vessel: MV Havstril | IMO number: 9345121 | Built: 2006 | Gross tonnage: 4820 | Flag: Norway"
YEARS = "Team: Havstril | Season: 2020 | Coach: Jane Roe\nTeam: Havstril | Season: 2021 | Coach: Tom Poe"


def asked(question: str, name: str, *texts: str, year: int | None = None) -> str | None:
    """Return the cell that answers a question about `name` in rows."""
    made = [Chunk(chunk_id(str(at), 0, len(text)), str(at), 0, len(text), text) for at, text in enumerate(texts)]
    place = question.index(name)
    read = read_question(question, builtin_ontology(), [(place, place + len(name))])
    found = asked_row(read, [Hit(chunk, 1.0, ()) for chunk in made], year)
    return found[1] if found else None


@pytest.mark.parametrize(
    ("question", "name", "cell"),
    [
        ("What department does Petra Nowak work in?", "Petra Nowak", "Department: Quality"),
        ("Which department is Petra Nowak in?", "Petra Nowak", "Department: Quality"),
        ("When did Petra Nowak start?", "Petra Nowak", "Start date: 2021-01-04"),
        ("What is the start date of Petra Nowak?", "Petra Nowak", "Start date: 2021-01-04"),
        ("Who manages Petra Nowak?", "Petra Nowak", "Manager: Ingrid Solberg"),
        ("Who is the manager of Ingrid Solberg?", "Ingrid Solberg", "Manager: Ola Brekke"),
        ("When was MV Havstril built?", "MV Havstril", "Built: 2006"),
        ("What is the IMO number of MV Havstril?", "MV Havstril", "IMO number: 9345121"),
        ("Which flag does MV Havstril fly?", "MV Havstril", "Flag: Norway"),
        ("Who does Petra Nowak manage?", "Petra Nowak", None),
        ("Whom did Petra Nowak manage?", "Petra Nowak", None),
        ("Who managed the quality of Petra Nowak?", "Petra Nowak", None),
        ("When did Petra Nowak leave?", "Petra Nowak", None),
        ("Who is the former manager of Petra Nowak?", "Petra Nowak", None),
        ("Who is not the manager of Petra Nowak?", "Petra Nowak", None),
        ("When was MV Havstril scrapped?", "MV Havstril", None),
        ("What is the number of MV Havstril?", "MV Havstril", None),
        ("What is the net tonnage of MV Havstril?", "MV Havstril", None),
        ("What is the department of Tom Poe?", "Tom Poe", None),
        ("Who is the manager of Ola Brekke?", "Ola Brekke", None),
    ],
)
def test_the_column_that_is_asked_for_answers(question: str, name: str, cell: str | None) -> None:
    assert asked(question, name, f"{PETRA}\n{INGRID}", SHIP) == cell


def test_rows_that_say_different_things_answer_nothing_but_for_a_year() -> None:
    assert asked("Who is the coach of Havstril?", "Havstril", YEARS) is None
    assert asked("Who is the coach of Havstril?", "Havstril", YEARS, year=2021) == "Coach: Tom Poe"
    assert asked("Who is the coach of Havstril?", "Havstril", YEARS, year=2022) is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A: x | B: y | C: z", "A: x | … | C: z"),
        ("x | B: y | C: z | D: z", "x | … | C: z | …"),
        ("A: x | C: z", "A: x | C: z"),
        ("A: x | B: y | D: z", "A: x | B: y | D: z"),
        ("A: n | B: y | C: z", "A: n | … | C: z"),
        ("A: x | B: n | C: z | D: q", "A: x | B: n | C: z | …"),
        ("A: x | y | C: z", "A: x | y | C: z"),
        ("No row | at all | here", "No row | at all | here"),
        ("A sentence: with a colon, C: z.", "A sentence: with a colon, C: z."),
    ],
)
def test_a_row_is_told_by_the_cells_that_matter(row: str, told: str) -> None:
    assert shortened(row, lambda value: value == "n", lambda head, _: head == "C") == told


def test_questions_about_a_sheet_are_answered_by_its_cells(tmp_path: Path) -> None:
    header = "Name,Department,Start date,Email,Manager"
    rows = (
        "Petra Nowak,Quality,2021-01-04,petra@acme.example,Ingrid Solberg",
        "Ola Brekke,Sales,2012-08-15,ola@acme.example,",
    )
    (tmp_path / "staff.csv").write_text("\n".join((header, *rows)), "utf-8")
    with KnowledgeBase.open(tmp_path / "kb.db") as kb:
        kb.ingest(tmp_path / "staff.csv")
        given = {
            question: kb.ask(question)
            for question in (
                "What department does Petra Nowak work in?",
                "When did Ola Brekke start?",
                "Who manages Petra Nowak?",
                "Who does Petra Nowak manage?",
                "When did Petra Nowak leave?",
            )
        }
    assert [one.text for one in given.values()] == [
        "Name: Petra Nowak | Department: Quality | …",
        "Name: Ola Brekke | … | Start date: 2012-08-15 | …",
        "Name: Petra Nowak | … | Manager: Ingrid Solberg",
        *["The documents do not say."] * 2,
    ]
    cited = [citation.quote for one in given.values() for citation in one.citations]
    assert [quote.split(" | ")[0] for quote in cited] == ["Name: Petra Nowak", "Name: Ola Brekke", "Name: Petra Nowak"]
