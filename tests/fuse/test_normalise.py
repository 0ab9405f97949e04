"""Names read into their parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgfuse.fuse.normalise import fold, number_of, read_name
from kgfuse.fuse.person_names import full_given, read_person
from kgfuse.fuse.romanising import respelled


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ACME, Inc.", "acme inc"),
        ("The Acme Group", "acme group"),
        ("Åse Bjørnæs", "ase bjornaes"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Johnson & Johnson", "johnson and johnson"),
        ("Coca-Cola", "coca cola"),
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("U.S.", "us"),
        ("U.S", "us"),
        ("U.S. Steel", "us steel"),
        ("J. R. R. Poe", "jrr poe"),
        ("J.R.R. Poe", "jrr poe"),
        ("Statoil A/S", "statoil as"),
        ("１２３ Ａcme", "123 acme"),
        ("1,200 MW", "1200 mw"),
        ("GPT-3.5", "gpt 3.5"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("Владимир", "vladimir"),
        ("Αθήνα", "athina"),
        ("Γιώργος Παπανδρέου", "giorgos papandreou"),
        ("Ευάγγελος", "evangelos"),
        ("soft\u00adware", "software"),
        ("東京", "東京"),
        ("हिन्दी", "हिन्दी"),
        ("   ", ""),
        ("---", "---"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_umlauts_can_become_two_letters() -> None:
    assert fold("Müller Ørsted Åse", expand=True) == "mueller oersted aase"


@pytest.mark.parametrize(
    ("surface", "core", "forms"),
    [
        ("Acme Ltd", ("acme",), {"ltd"}),
        ("Acme Limited", ("acme",), {"ltd"}),
        ("Acme Motor Company, Inc.", ("acme", "motor"), {"co", "inc"}),
        ("Acme GmbH & Co. KG", ("acme",), {"gmbh", "co", "kg"}),
        ("Norsk Energi A/S", ("norsk", "energi"), {"as"}),
        ("Acme Sp. z o.o.", ("acme",), {"spzoo"}),
        ("Acme sp. z o. o.", ("acme",), {"spzoo"}),
        ("OOO Acme", ("acme",), {"ooo"}),
        ("ООО «Акме»", ("akme",), {"ooo"}),
        ("Zao Wou-Ki", ("zao", "wou", "ki"), set()),
        ("株式会社アクメ", ("アクメ",), {"kk"}),
        ("アクメ（株）", ("アクメ",), {"kk"}),
        ("株式会社", ("株式会社",), set()),
        ("Limited", ("limited",), set()),
        ("Acme Holding", ("acme", "holding"), set()),
    ],
)
def test_legal_forms_are_kept_beside_the_name(surface: str, core: tuple[str, ...], forms: set[str]) -> None:
    name = read_name(surface)
    assert name.core == core
    assert name.forms == forms


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Phase 2", "Phase II", True),
        ("Phase 2", "Phase Two", True),
        ("Second Phase", "Phase 2", True),
        ("Phase 1", "Phase 2", False),
        ("Model 3", "Model S", False),
        ("Vitamin C", "Vitamin D", False),
        ("747-400", "747-300", False),
        ("Acme 2019", "Acme", False),
    ],
)
def test_numbers(one: str, other: str, equal: bool) -> None:
    assert (read_name(one).numbers == read_name(other).numbers) is equal


@pytest.mark.parametrize(
    ("surface", "proper"),
    [
        ("Acme", True),
        ("Jane Roe", True),
        ("iPhone", True),
        ("Zenith plc", True),
        ("the European Union", True),
        ("東京", True),
        ("machine learning", False),
        ("Machine learning", False),
        ("apple", False),
        ("The board", False),
    ],
)
def test_a_name_is_told_from_a_noun_phrase(surface: str, proper: bool) -> None:
    assert read_name(surface).proper is proper


@pytest.mark.parametrize("surface", ["the board", "Group", "Board of Directors", "annual report", "The Company"])
def test_what_names_nothing_alone(surface: str) -> None:
    assert read_name(surface).anaphoric


@pytest.mark.parametrize("surface", ["Acme Group", "Bank of Norland", "Beta Report"])
def test_what_names_something(surface: str) -> None:
    assert not read_name(surface).anaphoric


def test_acronyms() -> None:
    assert read_name("NNE").acronym == "nne"
    assert read_name("U.N.").acronym == "un"
    assert read_name("PhD").acronym == "phd"
    assert read_name("Acme").acronym is None
    assert {"nne", "nnea"} <= read_name("Northern Nordic Energy AS").initials
    assert {"boe", "be"} <= read_name("Bank of England").initials
    assert read_name("World Health Organization (WHO)").key == "world health organization"
    assert read_name("Mercury (planet)").key == "mercury planet"


@pytest.mark.parametrize(
    ("surface", "given", "family", "suffix"),
    [
        ("Jane Roe", ("jane",), ("roe",), ""),
        ("Dr. Jane M. Roe, PhD", ("jane", "m"), ("roe",), ""),
        ("Prof. Jan van der Berg", ("jan",), ("van", "der", "berg"), ""),
        ("JK Poe", ("j", "k"), ("poe",), ""),
        ("J.K. Poe", ("j", "k"), ("poe",), ""),
        ("Al Roe", ("al",), ("roe",), ""),
        ("Tom Poe Jr.", ("tom",), ("poe",), "jr"),
        ("Tom Poe III", ("tom",), ("poe",), "iii"),
        ("Ottokar II", ("ottokar",), (), "ii"),
        ("Plato", ("plato",), (), ""),
    ],
)
def test_persons(surface: str, given: tuple[str, ...], family: tuple[str, ...], suffix: str) -> None:
    person = read_person(read_name(surface).key, surface)
    assert (person.given, person.family, person.suffix) == (given, family, suffix)


def test_a_name_written_family_first_can_be_turned() -> None:
    assert read_name("Roe, Jane").turned == "jane roe"
    assert read_name("Acme, Inc.").turned is None
    assert read_name("Jane Roe").turned is None


def test_a_place_may_name_what_it_lies_in() -> None:
    assert read_name("Oslo, Norway").qualifier == ("oslo", "norway")
    assert read_name("Oslo, Bergen and Narvik").qualifier is None
    assert read_name("Oslo, where it rains").qualifier is None
    assert read_name("Acme, Inc.").qualifier is None


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Юрий Гагарин", "Yuri Gagarin", True),
        ("Алексей Навальный", "Aleksey Navalny", True),
        ("Лев Толстой", "Lev Tolstoy", True),
        ("Борис Ельцин", "Boris Yeltsin", True),
        ("Фёдор Достоевский", "Fyodor Dostoyevsky", True),
        ("Никита Хрущёв", "Nikita Chruschtschow", True),
        ("Володимир Зеленський", "Volodymyr Zelenskyy", True),
        ("Сергей Соловьёв", "Sergej Solovyov", True),
        ("Александр Юрьев", "Alexander Yuryev", True),
        ("Mikhail Gorbachev", "Michail Gorbatschow", True),
        ("Sergei Ivanov", "Sergey Ivanov", True),
        ("Чан Ли", "Chan Li", True),
        ("Чан Ли", "Han Li", False),
        ("Евгений Иванов", "Evgenia Ivanov", False),
        ("Ivan Petrov", "Ivan Petrova", False),
        ("Hans Meier", "Hans Meyer", False),
        ("Mari Poe", "Mary Poe", False),
        ("Jane Roe", "Jane Rohe", False),
    ],
)
def test_spellings_from_another_script(one: str, other: str, alike: bool) -> None:
    left, right = read_name(one), read_name(other)
    assert (respelled(left, right) == read_person(right.key, other)) is alike
    assert (respelled(right, left) == read_person(left.key, one)) is alike


def test_nicknames_and_numerals() -> None:
    assert full_given("bob") == "robert"
    assert full_given("jane") == "jane"
    assert [number_of(word) for word in ("7", "007", "vii", "seven", "seventh", "acme")] == ["7"] * 5 + [None]


@given(text=st.text(max_size=40))
def test_any_text_can_be_read_and_folding_is_stable(text: str) -> None:
    name = read_name(text)
    starts = range(len(name.tokens) - len(name.core) + 1)
    assert name.core in [name.tokens[start : start + len(name.core)] for start in starts]
    assert fold(name.key) == name.key or name.key.split()[0] in ("a", "an", "the")
    read_person(name.key, text)
