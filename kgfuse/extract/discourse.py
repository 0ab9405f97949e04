"""What a document gives for telling who is meant: its topic, its people and their names, what it calls its things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kgfuse.extract.arguments import is_organisation, without_legal_form
from kgfuse.extract.lexicon import FEMALE_WORDS, MALE_WORDS, ORGANISATION_NOUNS
from kgfuse.extract.subjects import Subject
from kgfuse.model import Moment, Precision, Validity

HE = frozenset("he him his himself".split())
SHE = frozenset("she her hers herself".split())
NAMES_WINDOW = 40
"""How many sentences back a name may stand that a last name or a noun takes up."""
_LONGEST_FIRM = 6
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_OF_ITSELF = re.compile(
    r"(?:about|about us|who we are|contact us|(?:our|the) (?:company|firm|team|people|history|story|board))",
    re.IGNORECASE,
)
"""Headings of pages on which an organisation speaks of itself."""
_REPORT = re.compile(
    r"\b(?:annual|full[- ]year|yearly)\s+(?:financial\s+)?(?:report|results|accounts|review)s?(?:\s+for)?\s+(?P<after>(?:19|20)\d\d)\b|"
    r"\b(?P<before>(?:19|20)\d\d)\s+(?:annual|full[- ]year)\s+(?:report|results|accounts|review)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an argument stands for; `direct` says that the text names it itself."""

    name: str
    type: str | None
    direct: bool


@dataclass(frozen=True, slots=True)
class Named:
    """A name as a sentence mentions it: its place, its type, whether it is a subject, and words beside it ('Mrs').

    `main` says that it is the subject of the whole sentence. `called` holds what the sentence says that it is and its name
    in full: ``(plant, Kalvneset plant)``. A `scene` is a place that only says where something is. A pronoun that is understood
    counts as a mention of what it stands for.
    """

    text: str
    start: int
    type: str | None
    subject: bool
    beside: frozenset[str] = frozenset()
    called: tuple[tuple[str, str], ...] = ()
    scene: bool = False
    main: bool = False


Sentences = Sequence[tuple[Named, ...]]
Called = Mapping[str, Mapping[str, tuple[str, str | None, tuple[int, int]]]]
"""By noun, then by name: the name in full, its type, and the sentence and the place where it is called so first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document gives for resolving: `topic`, the organisation that it speaks of or for, and its author, a
    person or a `firm`.

    `sentences` holds what each one mentions. `about` is the thing above the text that is no organisation. `full` maps the
    short forms of names to the full ones ('Roe' to 'Jane Roe'), `gender` full names to ``f`` or ``m``, `shared` the short
    forms of several people to all of them. `period` is the year that a report is about. `subjects` holds what each sentence
    is about where that is no name. `person` is the one whose life the text tells: its title names nobody else, and it says
    only 'she', or only 'he'. `defined` maps terms that the text defines to names of organisations, `called` nouns to the
    names that the text calls so.
    """

    sentences: Sentences
    topic: str | None
    about: Resolved | None
    author: str | None
    firm: str | None
    full: Mapping[str, str]
    gender: Mapping[str, str]
    shared: Mapping[str, frozenset[str]]
    period: Validity | None
    subjects: tuple[Subject | None, ...] = ()
    person: str | None = None
    defined: Mapping[str, str] = field(default_factory=dict)
    called: Called = field(default_factory=dict)

    @property
    def theme(self) -> str | None:
        """The name of what the document is about, an organisation or not: what its tables count."""
        return self.topic or (self.about.name if self.about else None)


def frame(
    sentences: Sequence[tuple[Named, ...]],
    headlines: Sequence[str],
    author: str | None,
    subjects: tuple[Subject | None, ...] = (),
    text: str = "",
    defined: Mapping[str, str] = MappingProxyType({}),
) -> Frame:
    """Read off what the whole document gives.

    `headlines` are its title and its first headings, `text` is all of it, `defined` are the terms that it defines.
    """
    title = " ".join(headlines)
    people = {named.text for sentence in sentences for named in sentence if _is_full_name(named)}
    people |= _titled(sentences, headlines)
    shared = _shared_names(people)
    titled = {name for name in people if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title)}
    full = {short: next(iter(of)) for short, names in shared.items() if len(of := names & titled or names) == 1}
    whole = tuple(_with_full_names(sentences, full, shared))
    names = [named for sentence in whole for named in sentence]
    gender: dict[str, str] = {}
    for named in names:
        if named.beside & FEMALE_WORDS:
            gender.setdefault(named.text, "f")
        elif named.beside & MALE_WORDS:
            gender.setdefault(named.text, "m")
    person = _told_of({named.text for named in names if named.subject} & titled, text)
    if person is not None:
        gender.setdefault(*person)
    by_noun = _called(whole)
    return Frame(
        whole,
        _topic(names, headlines, author) or _of_itself(whole, headlines) or _taken_up(by_noun, text),
        _about(whole, by_noun, headlines),
        author if author and _is_person(author) else None,
        author if author and is_organisation(author) else None,
        full,
        gender,
        shared,
        report_period(title),
        subjects,
        person[0] if person is not None and gender[person[0]] == person[1] else None,
        defined,
        by_noun,
    )


def speaking_for(around: Frame, firm: str | None) -> Frame:
    """Return what a document gives whose author signs for a firm: it is 'we', and 'the company' where no other is."""
    return replace(around, firm=around.firm or firm, topic=around.topic or firm)


def latest(names: frozenset[str], sentence: int, sentences: Sequence[Sequence[Named]]) -> str | None:
    """Return which of several people with this last name was named in full last; `None` where two were at once."""
    for at in range(sentence, max(-1, sentence - NAMES_WINDOW), -1):
        fitting = {named.text for named in sentences[at] if named.text in names}
        if fitting:
            return fitting.pop() if len(fitting) == 1 else None
    return None


def _with_full_names(
    sentences: Sequence[tuple[Named, ...]], full: Mapping[str, str], shared: Mapping[str, frozenset[str]]
) -> list[tuple[Named, ...]]:
    """Put the full names of people in place of their short ones, as far as it is plain who is meant."""
    found: list[tuple[Named, ...]] = []
    for number, sentence in enumerate(sentences):
        found.append(sentence)  # where the short forms in it are looked for, too
        found[-1] = tuple(replace(n, text=whole_name(n.text, n.type, number, found, full, shared)) for n in sentence)
    return found


def whole_name(
    name: str,
    type: str | None,
    sentence: int,
    sentences: Sequence[Sequence[Named]],
    full: Mapping[str, str],
    shared: Mapping[str, frozenset[str]],
) -> str:
    """Return the full name of the person that a sentence means by a short one; any other name as it is."""
    if type not in {None, "Person"}:
        return name
    return full.get(name) or (name in shared and latest(shared[name], sentence, sentences)) or name


def _called(sentences: Sentences) -> Called:
    """Collect what the document calls its names."""
    found: dict[str, dict[str, tuple[str, str | None, tuple[int, int]]]] = {}
    for number, sentence in enumerate(sentences):
        for named in sentence:
            for noun, name in named.called:
                type = named.type if name == named.text else "Facility"
                by_name = found.setdefault(noun, {})
                by_name.setdefault(named.text, (name, type, (number, named.start)))
                by_name.setdefault(name, (name, type, (number, named.start)))
    return found


def _about(sentences: Sentences, called: Called, headlines: Sequence[str]) -> Resolved | None:
    """Return the thing that the document has for its title, and says what it is: 'MV Astra' above 'The Astra is a ferry'."""
    described = {name for by_name in called.values() for name in by_name}
    for headline in headlines:
        for named in (named for sentence in sentences for named in sentence if named.text in described):
            titled = re.fullmatch(rf"(?:(?:The|[A-Z]{{2,4}})\s)?{re.escape(named.text)}", _ASIDE.sub("", headline))
            if titled and named.type not in {"Person", "Organization"}:
                return Resolved(named.text, named.type, direct=False)
    return None


def _taken_up(called: Called, text: str) -> str | None:
    """Return the only organisation that a text goes on to call by what it is: 'the school', after "St. Olaf's School"."""
    found = {
        name
        for noun, by_name in called.items()
        if noun in ORGANISATION_NOUNS
        and len(by_name) == 1
        and re.search(rf"\b[Tt]he {re.escape(noun)}\b(?! of\b)", text)
        for name, _, _ in by_name.values()
    }
    return found.pop() if len(found) == 1 else None


def _is_full_name(named: Named) -> bool:
    return named.type == "Person" and len(named.text.split()) > 1


def _titled(sentences: Sentences, headlines: Sequence[str]) -> set[str]:
    """Return the people above the text whom it calls by their last or first name only: 'Jan Garbarek' above 'Garbarek was born'."""
    short = {named.text for sentence in sentences for named in sentence if named.type == "Person" and named.subject}
    lines = (_ASIDE.sub("", line) for line in headlines)
    return {line for line in lines if _is_person(line) and short & {line.split()[0], line.split()[-1]}}


def _told_of(titled: Iterable[str], text: str) -> tuple[str, str] | None:
    """Return the person whose life a text tells, and the gender of the only pronouns in it."""
    people = sorted(titled)
    said = {"m" if word in HE else "f" for word in re.findall(r"[a-z]+", text.lower()) if word in HE | SHE}
    return (people[0], said.pop()) if len(people) == 1 and len(said) == 1 else None


def _shared_names(people: Iterable[str]) -> dict[str, frozenset[str]]:
    """Map each last and first name of the document's people to the full names that have it."""
    found: dict[str, set[str]] = {}
    for name in people:
        words = name.split()
        for short in {words[-1], words[0]}:
            if len(short.rstrip(".")) > 1:
                found.setdefault(short, set()).add(name)
    return {short: frozenset(names) for short, names in found.items() if short not in names}


def report_period(title: str) -> Validity | None:
    """Return the year that a report is about: 'Annual Report 2020', 'Results for 2020'."""
    match = _REPORT.search(title)
    if match is None:
        return None
    first = Moment.parse(match["after"] or match["before"])
    return Validity(first, Moment(first.end, Precision.YEAR))


def _acts(name: str, acting: set[str]) -> bool:
    """Whether something of this name, or of a longer one that begins with it, does or owns anything in the text."""
    return name in acting or any(other.startswith(f"{name} ") for other in acting)


def _topic(names: Sequence[Named], headlines: Sequence[str], author: str | None) -> str | None:
    """Return the organisation that the document is about: named in its title, its author, or by far the most mentioned."""
    for headline in (part for line in headlines for part in (line, line.partition(": ")[0])):
        if is_organisation(headline) and len(headline.split()) <= _LONGEST_FIRM:
            return headline
    title = " ".join(headlines)
    organisations = Counter(named.text for named in names if named.type == "Organization")
    acting = {named.text for named in names if named.subject} | {
        name for name in organisations if is_organisation(name)
    }
    in_title = [
        name
        for name in organisations
        if _acts(name, acting) and re.search(rf"(?<!\w){re.escape(without_legal_form(name))}(?!\w)", title)
    ]
    if in_title:
        return min(in_title, key=lambda name: (-len(name), name))
    if author and (is_organisation(author) or (author in organisations and not _is_person(author))):
        return author
    if organisations:
        groups: Counter[str] = Counter()
        for name, count in organisations.items():
            groups[name.split()[0]] += count
        first = min(groups, key=lambda word: (-groups[word], word))
        called = [name for name in organisations if name.split()[0] == first]
        if groups[first] >= 2 and 2 * groups[first] > groups.total() and acting.intersection(called):
            return max(called, key=lambda text: (len(text), text))
    return None


def _of_itself(sentences: Sentences, headlines: Sequence[str]) -> str | None:
    """Return the organisation that the first sentence about any is about, where the page is 'About us'."""
    if not any(_OF_ITSELF.fullmatch(headline.strip()) for headline in headlines):
        return None
    speaking = ([n for n in one if n.type == "Organization" and " " in n.text] for one in sentences)
    first: Sequence[Named] = next(filter(None, speaking), ())
    return first[0].text if len(first) == 1 and first[0].subject else None


def _is_person(author: str) -> bool:
    words = author.split()
    if is_organisation(author):
        return False
    named = not any(word.endswith(("'s", "’s")) for word in words)
    return named and 2 <= len(words) <= 4 and all(word[0].isupper() for word in words if word[0].isalpha())
