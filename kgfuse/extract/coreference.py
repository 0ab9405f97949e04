"""Who is meant: pronouns, 'the company', last names, and what a document is about.

A conservative, rule-based resolution within one document (recency, number, gender and type, in the spirit of Hobbs 1978 and
Lappin and Leass 1994, reduced to what rarely errs): where two readings are open, nothing is resolved.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kgfuse.extract.arguments import Argument, is_organisation, without_legal_form
from kgfuse.extract.lexicon import FEMALE_WORDS, MALE_WORDS
from kgfuse.extract.subjects import Subject
from kgfuse.model import Moment, Precision, Validity

_HE = frozenset("he him his himself".split())
_SHE = frozenset("she her hers herself".split())
_IT = frozenset("it its itself".split())
_I = frozenset("i me my mine".split())
_WE = frozenset({"we", "us", "our"})
_WINDOW = 3
"""How many sentences back an antecedent may stand."""
_NAMES_WINDOW = 40
_LONGEST_FIRM = 6
_REPORT = re.compile(
    r"\b(?:annual|full[- ]year|yearly)\s+(?:financial\s+)?(?:report|results|accounts|review)s?(?:\s+for)?\s+(?P<after>(?:19|20)\d\d)\b|"
    r"\b(?P<before>(?:19|20)\d\d)\s+(?:annual|full[- ]year)\s+(?:report|results|accounts|review)",
    re.IGNORECASE,
)
ANY_WORKS = "works"
"""Said of a name that is opened, extended or completed without a word for what it is."""
_QUOTES = re.compile(r"[\"“”„«»]")


@dataclass(frozen=True, slots=True)
class Named:
    """A name as a sentence mentions it: its place, its type, whether it is a subject, and words beside it ('Mrs').

    `called` says of things that are built what they are and their name in full: ``(plant, Kalvneset plant)``; the noun is
    `ANY_WORKS` where it is not written. A `scene` is a place that only says where something is.
    """

    text: str
    start: int
    type: str | None
    subject: bool
    beside: frozenset[str] = frozenset()
    called: tuple[tuple[str, str], ...] = ()
    scene: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What a document gives for resolving: `topic`, the organisation that it speaks of or for, and its author, a
    person or a `firm`.

    `full` maps the short forms of names to the full ones ('Roe' to 'Jane Roe'), `gender` full names to ``f`` or ``m``,
    `shared` the short forms of several people to all of them. `period` is the year that a report is about. `subjects` holds
    what each sentence is about where that is no name. `person` is the one whose life the text tells: its title names nobody
    else, and it says only 'she', or only 'he'. `defined` maps terms that the text defines to names of organisations.
    `carried` maps sentences whose subject is 'it' or 'the company' to what that is.
    """

    topic: str | None
    author: str | None
    firm: str | None
    full: Mapping[str, str]
    gender: Mapping[str, str]
    shared: Mapping[str, frozenset[str]]
    period: Validity | None
    subjects: tuple[Subject | None, ...] = ()
    person: str | None = None
    defined: Mapping[str, str] = field(default_factory=dict)
    carried: Mapping[int, Resolved] = field(default_factory=dict)


def frame(
    sentences: Sequence[tuple[Named, ...]],
    headlines: Sequence[str],
    author: str | None,
    subjects: tuple[Subject | None, ...] = (),
    text: str = "",
    defined: Mapping[str, str] = MappingProxyType({}),
    anaphors: Sequence[Argument | None] = (),
) -> Frame:
    """Read off what the whole document gives.

    `headlines` are its title and its first headings, `text` is all of it, `defined` are the terms that it defines,
    `anaphors` the subjects of sentences that are 'it' or 'the company'.
    """
    title = " ".join(headlines)
    names = [named for sentence in sentences for named in sentence]
    people = {named.text for named in names if named.type == "Person" and len(named.text.split()) > 1}
    gender: dict[str, str] = {}
    shared = _shared_names(people)
    full = {short: next(iter(names)) for short, names in shared.items() if len(names) == 1}
    for named in names:
        name = full.get(named.text, named.text)
        if named.beside & FEMALE_WORDS:
            gender.setdefault(name, "f")
        elif named.beside & MALE_WORDS:
            gender.setdefault(name, "m")
    acting = {full.get(named.text, named.text) for named in names if named.subject}
    person = _told_of(people & acting, title, text)
    if person is not None:
        gender.setdefault(*person)
    carried: dict[int, Resolved] = {}
    around = Frame(
        _topic(names, headlines, author),
        author if author and _is_person(author) else None,
        author if author and is_organisation(author) else None,
        full,
        gender,
        shared,
        report_period(title),
        subjects,
        person[0] if person is not None and gender[person[0]] == person[1] else None,
        defined,
        carried,
    )
    for number, anaphor in enumerate(anaphors):  # in order: each may take up the one before
        found = _meant(anaphor, number, "", sentences, around) if anaphor is not None else None
        if found is not None:
            carried[number] = found
    return around


def speaking_for(around: Frame, firm: str | None) -> Frame:
    """Return what a document gives whose author signs for a firm: it is 'we', and 'the company' where no other is."""
    return replace(around, firm=around.firm or firm, topic=around.topic or firm)


def _told_of(people: Iterable[str], title: str, text: str) -> tuple[str, str] | None:
    """Return the person whose life a text tells, and the gender of the only pronouns in it."""
    titled = [name for name in sorted(people) if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title)]
    said = {"m" if word in _HE else "f" for word in re.findall(r"[a-z]+", text.lower()) if word in _HE | _SHE}
    return (titled[0], said.pop()) if len(titled) == 1 and len(said) == 1 else None


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
    for headline in headlines:
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


def _is_person(author: str) -> bool:
    words = author.split()
    if is_organisation(author):
        return False
    return 2 <= len(words) <= 4 and all(word[0].isupper() for word in words if word[0].isalpha())


@dataclass(frozen=True, slots=True)
class Resolved:
    """What an argument stands for; `direct` says that the text names it itself."""

    name: str
    type: str | None
    direct: bool


def resolve(
    argument: Argument, sentence: int, text: str, sentences: Sequence[tuple[Named, ...]], frame: Frame
) -> Resolved | None:
    """Return what `argument` of the sentence with this number (and this text) stands for; `None` where that is open."""
    found = _meant(argument, sentence, text, sentences, frame)
    if found is not None and found.name in frame.defined:
        return Resolved(frame.defined[found.name], "Organization", found.direct)
    return found


def _meant(
    argument: Argument, sentence: int, text: str, sentences: Sequence[tuple[Named, ...]], frame: Frame
) -> Resolved | None:
    if argument.kind == "name":
        whole = frame.full.get(argument.text) if argument.type in {None, "Person"} else None
        if whole is None and argument.text in frame.shared and argument.type in {None, "Person"}:
            whole = _latest(frame.shared[argument.text], sentence, sentences)
        return Resolved(whole, "Person", direct=True) if whole else Resolved(argument.text, argument.type, direct=True)
    if argument.kind == "noun":
        return Resolved(argument.text, argument.type, direct=True)
    if argument.kind == "implied":
        return Resolved(frame.topic, "Organization", direct=False) if frame.topic else None
    before = _before(sentence, argument.start, sentences)
    word = argument.text.lower()
    if argument.kind == "definite" and argument.type == "Facility":
        return _works(argument, sentence, sentences)
    if argument.kind == "definite":
        return _described(argument, before, frame)
    if word in _HE | _SHE:
        return _person("m" if word in _HE else "f", before, frame)
    if word in _IT:
        spoken_of = _spoken_of(argument, sentence, frame, plural=False)
        return _thing(before, frame, spoken_of, frame.carried.get(sentence - 1))
    if word == "they":
        return _spoken_of(argument, sentence, frame, plural=True)
    if word in _I and frame.author and not _inside_quotes(text, argument.start):
        return Resolved(frame.author, "Person", direct=False)
    if word in _WE and not _inside_quotes(text, argument.start):
        ours = frame.firm or (frame.topic if word == "our" else None)
        return Resolved(ours, "Organization", direct=False) if ours else None
    return None


def _latest(names: frozenset[str], sentence: int, sentences: Sequence[tuple[Named, ...]]) -> str | None:
    """Return which of several people with this last name was named in full last; `None` where two were at once."""
    for at in range(sentence, max(-1, sentence - _NAMES_WINDOW), -1):
        fitting = {named.text for named in sentences[at] if named.text in names}
        if fitting:
            return fitting.pop() if len(fitting) == 1 else None
    return None


def _inside_quotes(text: str, position: int) -> bool:
    return len(_QUOTES.findall(text[:position])) % 2 == 1 or text[:position].count("‘") > text[:position].count("’")


def _before(sentence: int, position: int, sentences: Sequence[tuple[Named, ...]]) -> list[tuple[Named, ...]]:
    """Return the names that stand before a place, a group per sentence, the nearest sentence first."""
    here = tuple(named for named in sentences[sentence] if named.start < position)
    return [here, *(sentences[at] for at in range(sentence - 1, max(-1, sentence - 1 - _WINDOW), -1))]


def _person(gender: str, before: Sequence[tuple[Named, ...]], frame: Frame) -> Resolved | None:
    for group in before:
        people = [named for named in group if named.type == "Person"]
        full = dict.fromkeys(frame.full.get(named.text, named.text) for named in people)
        fitting = [name for name in full if frame.gender.get(name, gender) == gender]
        if fitting and frame.person and frame.gender[frame.person] == gender:
            known = [name for name in fitting if name in frame.gender]  # of the others nobody knows
            return Resolved(known[0] if len(known) == 1 else frame.person, "Person", direct=False)
        if len(fitting) == 1:
            return Resolved(fitting[0], "Person", direct=False)
        if fitting:
            subjects = {frame.full.get(named.text, named.text) for named in people if named.subject} & set(fitting)
            return Resolved(subjects.pop(), "Person", direct=False) if len(subjects) == 1 else None
    return None


def _spoken_of(argument: Argument, sentence: int, frame: Frame, *, plural: bool) -> Resolved | None:
    """Return the noun phrase that the sentence is about, where a pronoun takes it up: as its subject, or after it."""
    subject = frame.subjects[sentence] if sentence < len(frame.subjects) else None
    if subject is None or subject.plural != plural or subject.start > argument.start:
        return None
    return Resolved(subject.text, None, direct=False)


def _thing(
    before: Sequence[tuple[Named, ...]], frame: Frame, spoken_of: Resolved | None, carried: Resolved | None
) -> Resolved | None:
    """'It' is the only thing that this sentence or the last one has for a subject, or names at all; else the noun that the
    text speaks of, else the topic. `carried` is what the last one's 'it' or 'the company' is: its subject, if no name is."""
    for at, group in enumerate(before[:2]):
        things = [named for named in group if named.type not in {"Person", None} and not named.scene]
        subjects = [named for named in group if named.subject and named.type != "Person" and not named.scene]
        if at == 1 and carried is not None and not subjects:
            return carried
        for fitting in (subjects, things):
            texts = dict.fromkeys(_in_full(named) for named in fitting)
            if len(texts) == 1:
                text, type = next(iter(texts))
                return Resolved(text, type, direct=False)
        if things:
            return None
    if spoken_of is not None:
        return spoken_of
    return Resolved(frame.topic, "Organization", direct=False) if frame.topic else None


def _in_full(named: Named) -> tuple[str, str | None]:
    """Return the name and the type of a thing: of what is built, with the word for it."""
    for noun, full in named.called:
        if noun != ANY_WORKS:
            return full, "Facility"
    return named.text, named.type


def _works(argument: Argument, sentence: int, sentences: Sequence[tuple[Named, ...]]) -> Resolved:
    """'The plant' is what was last called a plant before it; nobody else's, or just a plant."""
    earlier = [
        *(named for named in sentences[sentence] if named.start < argument.start),
        *(named for at in range(sentence - 1, max(-1, sentence - _NAMES_WINDOW), -1) for named in sentences[at]),
    ]
    noun = argument.text.lower()
    names = {full for named in earlier for what, full in named.called if what == noun}
    near = [
        *(n for n in sentences[sentence] if n.start < argument.start),
        *(sentences[sentence - 1] if sentence else ()),
    ]
    names = names or {full for named in near for what, full in named.called if what == ANY_WORKS}
    if len(names) != 1:
        return Resolved(argument.text, None, direct=True)
    return Resolved(next(iter(names)), "Facility", direct=False)


def _described(argument: Argument, before: Sequence[tuple[Named, ...]], frame: Frame) -> Resolved | None:
    """'The company' is what the last sentence that names a fitting subject is about; else the document's topic."""
    wanted = argument.type or "Organization"
    topic = frame.topic if wanted == "Organization" else None
    for group in before:
        fitting = list(dict.fromkeys(named.text for named in group if named.type == wanted))
        subjects = list(dict.fromkeys(named.text for named in group if named.type == wanted and named.subject))
        if len(subjects) == 1:
            return Resolved(subjects[0], wanted, direct=False)
        if fitting and topic:
            return Resolved(topic, wanted, direct=False)
        if len(fitting) == 1:
            return Resolved(fitting[0], wanted, direct=False)
        if fitting:
            return None
    return Resolved(topic, wanted, direct=False) if topic else None
