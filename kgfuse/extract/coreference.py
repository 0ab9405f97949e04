"""Who is meant: pronouns, 'the company', 'the bridge', last names.

A conservative, rule-based resolution within one document (recency, number, gender and type, in the spirit of Hobbs 1978 and
Lappin and Leass 1994, reduced to what rarely errs): where two readings are open, nothing is resolved. What a sentence is about
comes before what else it names (centering: Grosz, Joshi and Weinstein 1995), and a pronoun that is understood is a mention
like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kgfuse.extract.arguments import Argument, without_legal_form
from kgfuse.extract.descriptions import ANY_WORKS, same_kind
from kgfuse.extract.discourse import HE, NAMES_WINDOW, SHE, Frame, Named, Resolved, whole_name
from kgfuse.extract.lexicon import GENERAL_FIRMS, SHIPS, WORKS_NOUNS
from kgfuse.extract.subjects import Anaphor, Subject

_IT = frozenset("it its itself".split())
_I = frozenset("i me my mine".split())
_WE = frozenset({"we", "us", "our"})
_WINDOW = 3
"""How many sentences back an antecedent may stand."""
_QUOTES = re.compile(r"[\"“”„«»]")

_Groups = Sequence[tuple[Named, ...]]


def with_anaphors(around: Frame, anaphors: Iterable[tuple[Anaphor, ...]]) -> Frame:
    """Return what a document gives with the subjects that stand for a name counted as mentions of it, in order: each may
    take up the one before."""
    sentences, gender = list(around.sentences), dict(around.gender)
    so_far = replace(around, sentences=sentences, gender=gender)
    for number, subjects in enumerate(anaphors):
        for subject in subjects:
            found = _meant(subject.argument, number, "", so_far)
            if found is not None and not found.direct:
                at = subject.argument.start
                mention = Named(found.name, at, found.type, subject=True, main=subject.main)
                sentences[number] = tuple(sorted((*sentences[number], mention), key=lambda one: one.start))
                word = subject.argument.text.lower()
                if found.type == "Person" and word in HE | SHE:
                    gender.setdefault(found.name, "m" if word in HE else "f")
    return replace(so_far, sentences=tuple(sentences))


def resolve_object(argument: Argument, subject: Resolved, sentence: int, text: str, frame: Frame) -> Resolved | None:
    """Return what the object of a clause stands for: not for its subject ('Acme bought Volta and sold it'), but for oneself."""
    found = resolve(argument, sentence, text, frame)
    if found is None or found.direct or argument.text.lower().endswith("self"):
        return found
    if argument.text.lower() == "it" and found == frame.about:  # 'runs a shop. He opened it'
        near = _before(sentence, argument.start, frame.sentences)
        found = found if any(named.text == found.name for group in near for named in group) else None
    if found is None or found.name != subject.name:
        return found
    others = [tuple(named for named in group if named.text != subject.name) for group in frame.sentences]
    about = frame.about if frame.about and frame.about.name != subject.name else None
    topic = frame.topic if frame.topic != subject.name else None
    person = frame.person if frame.person != subject.name else None
    return resolve(argument, sentence, text, replace(frame, sentences=others, about=about, topic=topic, person=person))


def resolve(argument: Argument, sentence: int, text: str, frame: Frame) -> Resolved | None:
    """Return what `argument` of the sentence with this number (and this text) stands for; `None` where that is open."""
    found = _meant(argument, sentence, text, frame)
    if found is not None and found.name in frame.defined:
        return Resolved(frame.defined[found.name], "Organization", found.direct)
    return found


def is_sure(argument: Argument, found: Resolved, frame: Frame) -> bool:
    """Whether it is sure enough what a noun stands for to say another name of it: what the text calls so, or is about.

    'The union was renamed' names whatever union the last sentence spoke of otherwise, and joins it with another thing for good.
    """
    if argument.kind not in {"noun", "definite"}:
        return True
    topic = without_legal_form(frame.topic or "")
    called = frame.called.get(argument.text.lower(), {})
    return not found.direct and (
        argument.kind == "noun" or found.name in called or without_legal_form(found.name) == topic
    )


def _meant(argument: Argument, sentence: int, text: str, frame: Frame) -> Resolved | None:
    if argument.kind == "name":
        name = whole_name(argument.text, argument.type, sentence, frame.sentences, frame.full, frame.shared)
        return Resolved(name, argument.type if name == argument.text else "Person", direct=True)
    if argument.kind == "noun":
        taken_up = _called_so(argument, sentence, frame) if argument.bare else None
        return taken_up or Resolved(argument.text, argument.type, direct=True)
    if argument.kind == "implied":
        return _topic(frame)
    before = _before(sentence, argument.start, frame.sentences)
    word = argument.text.lower()
    if argument.kind == "definite":
        named = _called_so(argument, sentence, frame) if argument.bare and word not in GENERAL_FIRMS else None
        return named or _described(argument, before, frame)
    if word in HE | SHE:
        return _person("m" if word in HE else "f", before, frame)
    if word in _IT:
        return _thing(argument, sentence, before, frame)
    if word == "they":
        subject = _subject_before(argument, sentence, frame, plural=True)
        return Resolved(subject.text, None, direct=False) if subject else None
    if word in _I and frame.author and not _inside_quotes(text, argument.start):
        return Resolved(frame.author, "Person", direct=False)
    if word in _WE and not _inside_quotes(text, argument.start):
        ours = frame.firm or (frame.topic if word == "our" else None)
        return Resolved(ours, "Organization", direct=False) if ours else None
    return None


def _topic(frame: Frame) -> Resolved | None:
    """Return whose an office or an amount is that the text leaves without one: the document's, which may be a museum."""
    if frame.topic:
        return Resolved(frame.topic, "Organization", direct=False)
    about = frame.about
    return replace(about, direct=False) if about and about.type in {"Organization", "Facility"} else None


def _inside_quotes(text: str, position: int) -> bool:
    return len(_QUOTES.findall(text[:position])) % 2 == 1 or text[:position].count("‘") > text[:position].count("’")


def _before(sentence: int, position: int, sentences: _Groups, window: int = _WINDOW) -> list[tuple[Named, ...]]:
    """Return the names that stand before a place, a group per sentence, the nearest sentence first."""
    here = tuple(named for named in sentences[sentence] if named.start < position)
    return [here, *(sentences[at] for at in range(sentence - 1, max(-1, sentence - 1 - window), -1))]


def _foremost(names: Iterable[Named]) -> Named | None:
    """Return whom of these a sentence is about: the only one that is its subject, or the subject of a clause, or there at all."""
    names = tuple(names)
    for fitting in ([n for n in names if n.main], [n for n in names if n.subject], names):
        if len({named.text for named in fitting}) == 1:
            return fitting[-1]
    return None


def _person(gender: str, before: _Groups, frame: Frame) -> Resolved | None:
    """'He' is whom the last sentence that names a man is about; the ship is a 'she'."""
    for group in before:
        people = [named for named in group if named.type == "Person"]
        fitting = [named for named in people if frame.gender.get(named.text, gender) == gender]
        if fitting and frame.person and frame.gender[frame.person] == gender:
            known = {named.text for named in fitting if named.text in frame.gender}  # of the others nobody knows
            return Resolved(known.pop() if len(known) == 1 else frame.person, "Person", direct=False)
        if gender == "f":
            fitting += [named for named in group if _is_ship(named.text, frame)]
        if fitting:
            foremost = _foremost(fitting)
            return Resolved(foremost.text, foremost.type, direct=False) if foremost else None
    return frame.about if gender == "f" and frame.about and _is_ship(frame.about.name, frame) else None


def _is_ship(name: str, frame: Frame) -> bool:
    return any(name in frame.called.get(noun, {}) for noun in SHIPS)


def _subject_before(argument: Argument, sentence: int, frame: Frame, *, plural: bool) -> Subject | None:
    """Return the noun phrase that the sentence is about, where a pronoun takes it up: as its subject, or after it."""
    subject = frame.subjects[sentence] if sentence < len(frame.subjects) else None
    if subject is None or subject.plural != plural or subject.start > argument.start:
        return None
    return subject


def _thing(argument: Argument, sentence: int, before: _Groups, frame: Frame) -> Resolved | None:
    """'It' is the thing that this sentence or the last one is about, or the only one that it names; else the noun that the
    text speaks of, else what the document is about."""
    for group in before[:2]:
        things = [named for named in group if named.type not in {"Person", None} and not named.scene]
        subjects = [named for named in group if named.subject and named.type != "Person" and not named.scene]
        for fitting in (subjects, [named for named in things if named.type != "Group"]):
            foremost = _foremost(fitting)
            if foremost is not None:
                text, type = _in_full(foremost)
                return Resolved(text, type, direct=False)
        if things:
            return None
    spoken_of, whole = _subject_before(argument, sentence, frame, plural=False), frame.about or _topic(frame)
    if spoken_of is None or (spoken_of.vague and whole is not None):
        return whole
    return Resolved(spoken_of.text, None, direct=False)


def _in_full(named: Named) -> tuple[str, str | None]:
    """Return the name and the type of a thing: of what is built, with the word for it."""
    for _, full in named.called:
        if full != named.text:
            return full, "Facility"
    return named.text, named.type


def _called_so(argument: Argument, sentence: int, frame: Frame) -> Resolved | None:
    """'The bridge' is the name that the text called a bridge, or something of that kind, and mentioned last before it."""
    noun, here = argument.text.lower(), (sentence, argument.start)
    exact = frame.called.get(noun, {})
    kin = {name: what for other in same_kind(noun) for name, what in frame.called.get(other, {}).items()}
    for names in (exact, kin):
        known = {name: what for name, what in names.items() if what[2] < here}
        about = next((one for one in (frame.about, _topic(frame)) if one and one.name in known), None)
        for group in _before(sentence, argument.start, frame.sentences, NAMES_WINDOW) if known else ():
            fitting = [replace(named, text=known[named.text][0]) for named in group if named.text in known]
            if fitting:
                foremost = _foremost(fitting)
                if about is not None and not (foremost and foremost.main):
                    return replace(about, direct=False)
                return Resolved(foremost.text, foremost.type, direct=False) if foremost else None
    return _works(argument, sentence, frame) if noun in WORKS_NOUNS else None


def _works(argument: Argument, sentence: int, frame: Frame) -> Resolved | None:
    """'The plant' is the only thing that this sentence or the last one says to be opened, extended or completed."""
    near = _before(sentence, argument.start, frame.sentences, 1)
    names = {full for group in near for named in group for what, full in named.called if what == ANY_WORKS}
    return Resolved(names.pop(), "Facility", direct=False) if len(names) == 1 else None


def _described(argument: Argument, before: _Groups, frame: Frame) -> Resolved | None:
    """'The company' is what the last sentence that names a fitting subject is about; else the document's topic."""
    wanted = argument.type or "Organization"
    topic = _topic(frame) if wanted == "Organization" else None
    for group in before:
        fitting = list(dict.fromkeys(named.text for named in group if named.type == wanted))
        subjects = list(dict.fromkeys(named.text for named in group if named.type == wanted and named.subject))
        if len(subjects) == 1:
            return Resolved(subjects[0], wanted, direct=False)
        if fitting and topic:
            return topic
        if len(fitting) == 1:
            return Resolved(fitting[0], wanted, direct=False)
        if fitting:
            return None
    return topic
