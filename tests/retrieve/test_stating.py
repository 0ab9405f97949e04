"""What a sentence states: its clauses, and whether one of them says what is asked of the thing that is asked about."""

from __future__ import annotations

import pytest

from kgfuse.ontology import builtin_ontology
from kgfuse.retrieve.clauses import clauses
from kgfuse.retrieve.question import read_question
from kgfuse.retrieve.stating import states
from kgfuse.retrieve.words import content_stems


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("In 2018, Ann sold Acme to Beta.", ["In 2018, Ann sold Acme to Beta."]),
        ("Ann, who left Acme in 2001, joined Beta.", ["Ann joined Beta.", "who left Acme in 2001"]),
        ("After the war, Acme moved to Oslo.", ["Acme moved to Oslo.", "After the war"]),
        ("Ann bought Acme and sold Beta in 2002.", ["Ann bought Acme", "sold Beta in 2002."]),
        ("Ann bought Acme and Beta in 2002.", ["Ann bought Acme and Beta in 2002."]),
        ("Ann was named but did not win.", ["Ann was named", "did not win."]),
        ("Ann joined Acme in 2002, leaving Beta.", ["Ann joined Acme in 2002", "leaving Beta."]),
    ],
)
def test_clauses(sentence: str, parts: list[str]) -> None:
    assert sorted(one.text.strip(" ,") for one in clauses(sentence)) == sorted(parts)


@pytest.mark.parametrize(
    ("question", "asked", "sentence", "year", "stated"),
    [
        ("Who owns Acme Mills?", "own", "Ted never owned Acme Mills.", None, False),
        ("Who owns Acme Mills?", "own", "Ted denied that he owned Acme Mills.", None, False),
        ("Who owns Acme Mills?", "own", "Ted, who is not rich, owns Acme Mills.", None, True),
        ("Who never owned Acme Mills?", "own", "Ted never owned Acme Mills.", None, True),
        ("Who owns Acme Mills?", "own", "Ted Fay owned nearby Quarry Bank.", None, False),
        ("Who owns Acme Mills?", "own", "Quarry Bank has been owned by Ted Fay.", None, False),
        ("Who owns Acme Mills?", "own", "It has been owned by Ted Fay since 2001.", None, True),
        ("Who owns Acme Mills?", "own", "The mill is owned by Ted Fay.", None, True),
        ("Who is the owner of Acme Mills?", "owner", "The owner is Ted Fay.", None, True),
        ("Who is the owner of Acme Mills?", "owner", "Ted Fay is the owner of Quarry Bank.", None, False),
        ("Who is the owner of Acme Mills?", "owner", "Quarry Bank's owner is Ted Fay.", None, False),
        ("Where was Ann Coe trained?", "trained", "She was trained in Leeds.", None, True),
        ("Where was Ann Coe trained?", "trained", "Coe was trained in Leeds.", None, True),
        ("Where was Ann Coe trained?", "trained", "Ted Fay was trained in Leeds.", None, False),
        ("Where was Ann Coe trained?", "trained", "In May 2001 she was trained in Leeds.", None, True),
        ("What is Acme larger than?", "larger", "Acme is larger than Beta.", None, True),
        ("What is Acme larger than?", "larger", "Beta is larger than Acme.", None, False),
        ("How large is Acme?", "large", "Beta is larger than Acme.", None, False),
        ("How many people work at Acme?", "people work", "More than 50 people work at Acme.", None, True),
        ("Who praised Acme?", "praise", "Beta praised Acme.", None, True),
        ("Whom did Acme praise?", "praise", "Beta praised Acme.", None, False),
        ("Whom did Acme praise?", "praise", "Beta praised Acme, which praised Gamma.", None, True),
        ("Whom did Acme praise?", "praise", "Beta was praised by Acme.", None, True),
        ("Who praised Acme?", "praise", "Beta was praised by Acme.", None, False),
        ("Who praised Acme?", "praise", "Acme, praised by Beta, grew.", None, True),
        ("Who was praised by Acme?", "praise", "Acme praised Beta.", None, True),
        ("Who was praised by Acme?", "praise", "Beta praised Acme.", None, False),
        ("Who taught Ann Coe?", "taught", "The mill was painted by Ann Coe, who taught Kim Loe.", None, False),
        ("Who taught Kim Loe?", "taught", "The mill was painted by Ann Coe, who taught Kim Loe.", None, True),
        ("When did Acme praise Beta?", "praise", "Beta praised Acme in 2019.", None, False),
        ("When did Acme praise Beta?", "praise", "Acme praised Beta in 2019.", None, True),
        ("When did the Acme Hall open?", "open", "Ann Moe opened the Acme Hall in 2019.", None, True),
        ("Who sang in Acme Hall?", "sing", "In Acme Hall sang Ann Moe.", None, True),
        ("Who runs Acme?", "run", "Ann, who lives in Oslo, runs Acme.", None, True),
        ("What does Acme produce?", "produc", "Acme produces wheels.", None, True),
        ("Who joined Acme in 2002?", "join", "In 2002, Ann joined Acme.", 2002, True),
        ("Who joined Acme in 2002?", "join", "Ann joined Acme in 2001 and 2002.", 2002, True),
        ("Who joined Acme in 2002?", "join", "Ann joined Acme in 2001 and left in 2002.", 2002, False),
        ("Who joined Acme in 2002?", "join", "The woman who joined Acme in 2001 died in 2002.", 2002, False),
    ],
)
def test_what_is_stated(question: str, asked: str, sentence: str, year: int | None, stated: bool) -> None:
    read = read_question(question, builtin_ontology())
    assert states(read, set(content_stems(asked)), sentence, sentence, year=year) is stated
