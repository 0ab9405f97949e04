"""Lines of a curriculum vitae, and who signs a letter."""

from __future__ import annotations

import pytest

from kgfuse.extract.listings import attendance_statements
from kgfuse.extract.passages import Passage
from kgfuse.extract.rows import RowStatement
from kgfuse.extract.signatures import signature_statements
from kgfuse.extract.vitae import vita_statements
from kgfuse.model import Chunk, Moment

_ON = Moment.parse("2022-03-01")


def _said(statements: list[RowStatement]) -> list[str]:
    """What rows say, with their times."""
    return [
        " | ".join(
            [one.subject, one.predicate, str(one.object), *([] if one.validity.unbounded else [str(one.validity)])]
        )
        for one in statements
    ]


def _vita(heading: str, text: str, title: str = "Dr. Jane Roe") -> list[str]:
    chunk = Chunk("c", "d", 0, len(text), text, (title, heading))
    return _said(list(vita_statements([Passage(chunk, 0, text, item=True)], [title], _ON)))


_LEEDS = "Jane Roe | work for | University of Leeds | "


@pytest.mark.parametrize(
    ("heading", "line", "says"),
    [
        ("Employment", "2018–present: Professor of Physics, University of Leeds", [f"{_LEEDS}2018 – …"]),
        ("Work Experience", "Professor of Physics, University of Leeds, 2012-2018", [f"{_LEEDS}2012 – 2018"]),
        ("Career", "Professor of Physics at the University of Leeds (since 2012)", [f"{_LEEDS}2012 – …"]),
        (
            "Academic positions",
            "Jan 2012 – Mar 2018 Reader in Physics and Researcher, University of Leeds",
            [f"{_LEEDS}2012-01 – 2018-03"],
        ),
        (
            "Experience",
            "2015–2019: Managing Director, Acme Energy AS, Oslo",
            [
                "Jane Roe | work for | Acme Energy AS | 2015 – 2019",
                "Jane Roe | managing director of | Acme Energy AS | 2015 – 2019",
            ],
        ),
        (
            "Education",
            "PhD in Physics, Imperial College London, 2004–2008",
            ["Jane Roe | study at | Imperial College London | 2004 – 2008"],
        ),
        (
            "Education",
            "2003: BSc, Physics, University of Lagos",
            ["Jane Roe | study at | University of Lagos | 2003 – …"],
        ),
        ("Awards", "Bragg Medal (2016)", ["Jane Roe | receive | Bragg Medal | 2016 – …"]),
        ("Awards and honours", "2019 Wolfson Fellowship", ["Jane Roe | receive | Wolfson Fellowship | 2019 – …"]),
    ],
)
def test_a_line_says_where_and_when(heading: str, line: str, says: list[str]) -> None:
    assert _vita(heading, line) == says


@pytest.mark.parametrize(
    ("heading", "line", "title"),
    [
        ("Employment", "2018–present: Professor of Physics, University of Leeds", "Acme Energy AS"),
        ("Projects", "2018–present: Professor of Physics, University of Leeds", "Jane Roe"),
        ("Employment", "2018–2019: a sabbatical in Italy", "Jane Roe"),
        ("Employment", "Professor of Physics, University of Leeds", "Jane Roe"),
        ("Employment", "2019–2018: Professor of Physics, University of Leeds", "Jane Roe"),
        ("Education", "Swimming, Lagos, 2003", "Jane Roe"),
        ("Employment", "", "Jane Roe"),
        ("Employment", "2018", "Jane Roe"),
        ("Employment", "(2018–2019), ,; |", "Jane Roe"),
    ],
)
def test_other_lines_say_nothing(heading: str, line: str, title: str) -> None:
    assert _vita(heading, line, title) == []


def _signed(text: str, author: str | None = "Priya Nair", quoted: bool = False) -> list[str]:
    chunk = Chunk("c", "d", 0, len(text), text, quoted=quoted)
    return _said(list(signature_statements([Passage(chunk, 0, text)], author)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Yours,\nPriya Nair\nHead of Delivery, Orbitel Ltd\nManchester", ["Priya Nair | work for | Orbitel Ltd"]),
        (
            "Priya Nair\nSoftware Engineer | Orbitel",
            ["Priya Nair | work for | Orbitel", "Priya Nair | software engineer of | Orbitel"],
        ),
        ("Priya Nair\nHead of Sales\nOrbitel Ltd", ["Priya Nair | work for | Orbitel Ltd"]),
        (
            "Priya Nair\nFinance Director, Orbitel Ltd",
            ["Priya Nair | work for | Orbitel Ltd", "Priya Nair | finance director of | Orbitel Ltd"],
        ),
        ("Priya Nair\nManchester", []),
        ("Priya Nair\nThe director, Orbitel Ltd, said so.", []),
        ("Head of Delivery, Orbitel Ltd", []),
        ("Sam Whitlock\nHead of Delivery, Orbitel Ltd", []),
        ("Priya Nair\nHead of Delivery, 12 Main Street", []),
        ("Priya Nair\nHead of Delivery", []),
    ],
)
def test_a_signature_says_where_somebody_works(text: str, says: list[str]) -> None:
    assert _signed(text) == says


def test_a_signature_may_hold_a_telephone_number() -> None:
    assert _signed("Priya Nair\nHead of Delivery | Orbitel Ltd +47 555 01 234") == [
        "Priya Nair | work for | Orbitel Ltd"
    ]


@pytest.mark.parametrize(
    ("text", "topic", "says"),
    [
        (
            "Present: Ida Solberg (chair), Knut Aas, Per Vik (acting CEO)",
            "Havbris",
            ["Ida Solberg | chair of | Havbris", "Per Vik | ceo of | Havbris"],
        ),
        ("Present: Ida Solberg (chair)", None, []),
        ("Present: Ida Solberg (by telephone), the auditor (chair)", "Havbris", []),
        ("At present: Ida Solberg (chair)", "Havbris", []),
    ],
)
def test_minutes_name_the_offices_of_those_present(text: str, topic: str | None, says: list[str]) -> None:
    chunk = Chunk("c", "d", 0, len(text), text)
    assert _said(list(attendance_statements([Passage(chunk, 0, text)], topic))) == says


def test_only_the_author_signs() -> None:
    text = "Priya Nair\nHead of Delivery, Orbitel Ltd"
    assert _signed(text, None) == []
    assert _signed(text, "Orbitel Ltd") == []
    assert _signed(text, quoted=True) == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line", ["Present: " + "a" * 100_000, "-" * 100_000, "2018 " + ", " * 50_000, "x" * 100_000 + "(2018"]
)
def test_a_line_without_end_costs_little(line: str) -> None:
    assert _vita("Employment", line) == []
    assert _signed(f"Priya Nair\n{line}") == []
    chunk = Chunk("c", "d", 0, len(line), line)
    assert list(attendance_statements([Passage(chunk, 0, line)], "Havbris")) == []
