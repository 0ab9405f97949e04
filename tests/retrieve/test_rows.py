"""Rows of tables: what is told of them, and which of them answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kgfuse import KnowledgeBase
from kgfuse.model import Chunk, Hit, chunk_id
from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve import read_question
from kgfuse.retrieve.cells import shortened, told_below_heads
from kgfuse.retrieve.passages import best_sentence
from kgfuse.retrieve.rows import asked_row

PETRA = (
    "Name: Petra Nowak | Department: Quality | Start date: 2021-01-04 | Manager: Ingrid Solberg | Reports to: Jane Roe"
)
INGRID = "Name: Ingrid Solberg | Department: Procurement | Start date: 2018-03-01 | Manager: Ola Brekke"
SHIP = "Vessel: MV Havstril | IMO number: 9345121 | Built: 2006 | Gross tonnage: 4820 | Flag: Norway"
TEAMS = """The league.

Team | Ground | Points | Coach
Rovers | Mill Lane | 12 | Jane Roe
United | Park | 9
City | | 3 | Tom Poe"""
YEARS = "Team: Havstril | Season: 2020 | Coach: Jane Roe\nTeam: Havstril | Season: 2021 | Coach: Tom Poe"


def asked(question: str, name: str, *texts: str, year: int | None = None) -> str | None:
    """Return what rows answer to a question about `name`."""
    made = [Chunk(chunk_id(str(at), 0, len(text)), str(at), 0, len(text), text) for at, text in enumerate(texts)]
    place = question.index(name)
    read = read_question(question, builtin_ontology(), [(place, place + len(name))])
    found = asked_row(read, [Hit(chunk, 1.0, ()) for chunk in made], year)
    return found.text if found else None


@pytest.mark.parametrize(
    ("question", "name", "told"),
    [
        ("What department does Petra Nowak work in?", "Petra Nowak", "Name: Petra Nowak | Department: Quality | …"),
        ("Which department is Petra Nowak in?", "Petra Nowak", "Name: Petra Nowak | Department: Quality | …"),
        ("When did Petra Nowak start?", "Petra Nowak", "Name: Petra Nowak | … | Start date: 2021-01-04 | …"),
        ("What is the start date of Petra Nowak?", "Petra Nowak", "Name: Petra Nowak | … | Start date: 2021-01-04 | …"),
        ("Who manages Petra Nowak?", "Petra Nowak", "Name: Petra Nowak | … | Manager: Ingrid Solberg | …"),
        ("Who is the manager of Ingrid Solberg?", "Ingrid Solberg", "Name: Ingrid Solberg | … | Manager: Ola Brekke"),
        ("When was MV Havstril built?", "MV Havstril", "Vessel: MV Havstril | … | Built: 2006 | …"),
        ("What is the IMO number of MV Havstril?", "MV Havstril", "Vessel: MV Havstril | IMO number: 9345121 | …"),
        ("Which flag does MV Havstril fly?", "MV Havstril", "Vessel: MV Havstril | … | Flag: Norway"),
        ("Who is the coach of Rovers?", "Rovers", "Team: Rovers | … | Coach: Jane Roe"),
        ("Which ground is Rovers at?", "Rovers", "Team: Rovers | Ground: Mill Lane | …"),
        ("Who is the coach of United?", "United", None),
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
def test_the_column_that_is_asked_for_answers(question: str, name: str, told: str | None) -> None:
    assert asked(question, name, f"{PETRA}\n{INGRID}", SHIP, TEAMS) == told


FIRM = (
    "Company: Tidal Works | Acquired by: Granite Group | Reports to: Nils Foss | Supplied by: Iron Yard | "
    "Replaced: Wave Works | Contact: Kari Moen | Plays for: Rovers | Office: Nice | Opened: 1998 | Budget 2023: 12"
)
TWO = "Team | Points | Coach\nAlder | 45 | Ann Ash\n\nTeam | Goals | Captain\nCedar | 31 | Tim Fay"
TREES = "Species: Norway Spruce | Height: 40 m\nSpecies: Oak | Height: 30 m"


@pytest.mark.parametrize(
    ("question", "name", "text"),
    [
        ("What did Tidal Works acquire?", "Tidal Works", FIRM),
        ("Which company did Tidal Works acquire?", "Tidal Works", FIRM),
        ("What does Tidal Works supply?", "Tidal Works", FIRM),
        ("Who reports to Tidal Works?", "Tidal Works", FIRM),
        ("Who replaced Tidal Works?", "Tidal Works", FIRM),
        ("Who contacted Tidal Works?", "Tidal Works", FIRM),
        ("Who does Tidal Works contact?", "Tidal Works", FIRM),
        ("Who plays for Tidal Works?", "Tidal Works", FIRM),
        ("Who opened Tidal Works?", "Tidal Works", FIRM),
        ("What is the office number of Tidal Works?", "Tidal Works", FIRM),
        ("Whose office is Tidal Works?", "Tidal Works", FIRM),
        ("What was the budget of Tidal Works?", "Tidal Works", FIRM),
        ("How many points does Cedar have?", "Cedar", TWO),
        ("Who is the coach of Cedar?", "Cedar", TWO),
        ("What is the height of Norway?", "Norway", TREES),
        ("What is the office of Paul Vane?", "Paul Vane", "Manager: Paul Vane | Employee: Ann Moe | Office: Nice"),
    ],
)
def test_another_direction_another_table_and_another_thing_are_not_told(question: str, name: str, text: str) -> None:
    assert asked(question, name, text) is None


def test_of_a_year_a_row_must_say_that_it_is() -> None:
    question = "What was the budget of Tidal Works?"
    assert asked(question, "Tidal Works", FIRM, year=2023) == "Company: Tidal Works | … | Budget 2023: 12"
    assert asked(question, "Tidal Works", FIRM, year=2022) is None
    assert asked("What was the office of Tidal Works?", "Tidal Works", FIRM, year=1998) is None
    assert asked("When was Tidal Works opened?", "Tidal Works", FIRM) == "Company: Tidal Works | … | Opened: 1998 | …"


def test_words_of_several_cells_make_no_sentence() -> None:
    text = "Organiser: Green Guild | Sponsor: Helio Bank | Town: Oslo"
    chunk = Chunk(chunk_id("d", 0, len(text)), "d", 0, len(text), text)
    question = read_question("Whom did Green Guild sponsor?", builtin_ontology())
    assert best_sentence(question, [Hit(chunk, 1.0, ())], None, {}) is None


def test_rows_that_say_different_things_answer_nothing_but_for_a_year() -> None:
    assert asked("Who is the coach of Havstril?", "Havstril", YEARS) is None
    told = "Team: Havstril | … | Coach: Tom Poe"
    assert asked("Who is the coach of Havstril?", "Havstril", YEARS, year=2021) == told
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


def test_a_name_in_the_head_of_a_column_is_asked_for() -> None:
    question = "What is the IMO number of MV Havstril?"
    places = [(question.index(name), question.index(name) + len(name)) for name in ("IMO", "MV Havstril")]
    chunk = Chunk(chunk_id("d", 0, len(SHIP)), "d", 0, len(SHIP), SHIP)
    found = asked_row(read_question(question, builtin_ontology(), places), [Hit(chunk, 1.0, ())], None)
    assert found is not None
    assert found.text == "Vessel: MV Havstril | IMO number: 9345121 | …"


def test_a_row_below_its_heads_is_cited_with_them() -> None:
    chunk = Chunk(chunk_id("d", 0, len(TEAMS)), "d", 0, len(TEAMS), TEAMS)
    question = read_question("Who is the coach of Rovers?", builtin_ontology())
    found = asked_row(question, [Hit(chunk, 1.0, ())], None)
    assert found is not None
    assert found.heads is not None
    lines = [TEAMS[one.start : one.end] for one in (found.row, found.heads)]
    assert lines == ["Rovers | Mill Lane | 12 | Jane Roe", "Team | Ground | Points | Coach"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("MV Havstril | 9345121 | 2006 | 4820", "MV Havstril | … | Gross tonnage: 4820"),
        ("MV Havstril | 4820 | Norway", "MV Havstril | Gross tonnage: 4820"),
        ("2006 | 4820 | MV Havstril", "Gross tonnage: 4820 | MV Havstril"),
        ("MV Havstril | 4820", None),
        ("MV Havstril | 4820 | 4820", None),
        ("MV Havstril | 9345121 | 2006", None),
        ("MV Havstril has a gross tonnage of 4820.", None),
    ],
)
def test_a_fact_read_below_heads_is_told_with_its_own(row: str, told: str | None) -> None:
    found = told_below_heads(row, lambda cell: cell == "MV Havstril", lambda cell: cell == "4820", "gross tonnage")
    assert found == told


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    folder = tmp_path_factory.mktemp("sheet")
    lines = (
        "Name,Department,Start date,Email,Salary (EUR),Manager",
        "Petra Nowak,Quality,2021-01-04,petra@acme.example,71000,Ingrid Solberg",
        "Ola Brekke,Sales,2012-08-15,ola@acme.example,82000,",
    )
    (folder / "staff.csv").write_text("\n".join(lines), "utf-8")
    with KnowledgeBase.open(folder / "kb.db") as kb:
        kb.ingest(folder / "staff.csv")
        yield kb


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What department does Petra Nowak work in?", "Name: Petra Nowak | Department: Quality | …"),
        ("When did Ola Brekke start?", "Name: Ola Brekke | … | Start date: 2012-08-15 | …"),
        ("Who manages Petra Nowak?", "Name: Petra Nowak | … | Manager: Ingrid Solberg"),
        ("What is Petra Nowak's salary?", "“Name: Petra Nowak | … | Salary (EUR): 71000 | …”"),
        ("What was Petra Nowak's salary in 2018?", None),
        ("Who does Petra Nowak manage?", None),
        ("When did Petra Nowak leave?", None),
        ("Who is the manager of Ola Brekke?", None),
    ],
)
def test_questions_about_a_sheet_are_answered_by_its_cells(
    sheet: KnowledgeBase, question: str, told: str | None
) -> None:
    given = sheet.ask(question)
    assert (given.text, given.abstained) == ((told, False) if told else ("The documents do not say.", True))
    cited = {citation.quote.split(" | ")[0] for citation in given.citations}
    assert cited == ({told.strip("“").split(" | ")[0]} if told else set())
