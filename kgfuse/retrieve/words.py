"""Words of a question and of the ontology's phrases, brought to one form.

Both sides pass through the same light stemmer, so a stem need not be a word; only equal stems matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\w+(?:[-.&/]\w+)*")
_POSSESSIVE = re.compile(r"['’]s\b|['’](?=\s)")

FUNCTION_WORDS = frozenset(
    "a an the of in on at by to for from with as into over about and or is are was were be been being am has have had "
    "having do does did done its their his her your our my this that these those it he she they them him there s also ever "
    "so all each every any some such than then if can could will would shall should may might must not no please "
    "tell me us you we i just within during while named called".split()
)
WH_WORDS = frozenset("who whom whose what which where when how why".split())

PREPOSITIONS = frozenset(
    "in on at to for from with into over about as of under near against between among amongst behind below beneath beside "
    "beyond concerning despite opposite outside regarding throughout toward towards underneath upon versus via inside "
    "within through around above across along without off onto past".split()
)
"""Words that lead to a name: 'the prosecution against Roe'."""

_ENGLISH = (FUNCTION_WORDS | WH_WORDS) - frozenset(
    "a am an as at also for has her in is me no on over so to was we".split()
)
"""Words that tell English from other languages: the ones left out are words of some of these as well."""

_FOREIGN = frozenset(
    "wer wen wem wessen warum wann welche welcher welches wie ist sind wird wurde "  # German, Dutch
    "wat waar wanneer waarom welk het een zijn werd "
    "qui que quoi quel quelle quels quelles où pourquoi combien sont était dans "  # French
    "quién quiénes qué cuál cuándo dónde cuánto cuántos cómo es está fue "  # Spanish, Italian, Portuguese
    "quanto quanti quale quali quando perché è sono gli della nel quem qual quais onde são foi "
    "hvem hva hvad hvor hvorfor hvilken når og av vem vad varför vilken när är och "  # Scandinavian languages
    "kto gdzie kiedy dlaczego jaki czy".split()  # Polish
)
"""Words that tell the larger European languages from English, and are no part of names as 'de' and 'van' are."""

_OPENINGS = frozenset("is was has am name list show compare".split())

_IRREGULAR = {
    "ran": "run", "led": "lead", "bought": "buy", "sold": "sell", "wrote": "write", "written": "write", "made": "make",
    "built": "build", "held": "hold", "became": "become", "won": "win", "met": "meet", "spoke": "speak", "took": "take",
    "taken": "take", "left": "leave", "went": "go", "gone": "go", "gave": "give", "given": "give", "began": "begin",
    "begun": "begin", "knew": "know", "known": "know", "grew": "grow", "paid": "pay", "said": "say", "taught": "teach",
    "sat": "sit", "stood": "stand", "spent": "spend", "chose": "choose", "chosen": "choose", "people": "person",
    "men": "man", "women": "woman", "children": "child", "wives": "wife", "drew": "draw", "lay": "lie", "lain": "lie",
    "dying": "die", "wed": "wed", "lost": "lose", "found": "found", "headquarter": "headquarter", "lived": "live",
    "studied": "study", "used": "use", "sued": "sue", "thought": "think", "rose": "rise", "fell": "fall",
    "came": "come",
    "arose": "arise", "arisen": "arise", "awoke": "awake", "beaten": "beat", "bent": "bend", "bled": "bleed",
    "blew": "blow", "blown": "blow", "bred": "breed", "brought": "bring", "broke": "break", "broken": "break",
    "burnt": "burn", "caught": "catch", "clung": "cling", "crept": "creep", "dealt": "deal", "dug": "dig", "drawn": "draw",
    "dreamt": "dream", "drank": "drink", "drunk": "drink", "drove": "drive", "driven": "drive", "ate": "eat",
    "eaten": "eat", "fallen": "fall", "fed": "feed", "felt": "feel", "fought": "fight", "fled": "flee", "flew": "fly",
    "flown": "fly", "forbade": "forbid", "forbidden": "forbid", "forgot": "forget", "forgotten": "forget",
    "forgave": "forgive", "froze": "freeze", "frozen": "freeze", "grown": "grow", "hung": "hang", "heard": "hear",
    "hid": "hide", "hidden": "hide", "kept": "keep", "laid": "lay", "lent": "lend", "meant": "mean",
    "overtook": "overtake", "overthrew": "overthrow", "overthrown": "overthrow", "rang": "ring", "rebuilt": "rebuild",
    "ridden": "ride", "rode": "ride", "risen": "rise", "sang": "sing", "sung": "sing", "sank": "sink", "sunk": "sink",
    "seen": "see", "sent": "send", "shook": "shake", "shaken": "shake", "shone": "shine", "shot": "shoot", "shown": "show",
    "shrank": "shrink", "slept": "sleep", "slid": "slide", "spoken": "speak", "stole": "steal", "stolen": "steal",
    "struck": "strike", "swore": "swear", "sworn": "swear", "swept": "sweep", "swam": "swim", "swum": "swim",
    "tore": "tear", "torn": "tear", "threw": "throw", "thrown": "throw", "told": "tell", "undertook": "undertake",
    "undertaken": "undertake", "understood": "understand", "upheld": "uphold", "withdrew": "withdraw",
    "withdrawn": "withdraw", "withheld": "withhold", "woke": "wake", "wore": "wear", "worn": "wear",
}  # fmt: skip


_APART = r"(?<!\w)(?:(?<!\w-)|(?<=\bex-)|(?<=\bnon-)|(?<=\bmid-)|(?<=\bpre-)|(?<=\bpost-)|(?<=\banti-))"
_MADE = r"(?:based|born|led|owned|run|made|built|wide|trained|educated|funded|backed|listed|style|type|area|region)\b"
"""What may be joined to a name that stays one: 'ex-Acme', 'Oslo-based'."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text at ``[start, end)``; `possessive` says that it carries an apostrophe s."""

    text: str
    stem: str
    start: int
    end: int
    possessive: bool = False


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order."""
    return tuple(
        Word(m[0], stem(m[0]), m.start(), m.end(), _POSSESSIVE.match(text, m.end()) is not None)
        for m in _TOKEN.finditer(text)
        if not (m[0] == "s" and text[m.start() - 1 : m.start()] in ("'", "’"))
    )


def within(word: Word, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a word lies in one of some spans of its text."""
    return any(start <= word.start and word.end <= end for start, end in spans)


def holds_name(text: str, name: str) -> bool:
    """Whether a text has a name, both in small letters, as words of its own: 'anna' is in no 'joanna' or 'anna-lena'."""
    return name in text and re.search(rf"{_APART}{re.escape(name)}(?!\w|-(?!{_MADE})\w)", text) is not None


def is_inflected(word: str) -> bool:
    """Whether a verb stands in an irregular form of the past: 'grew', 'sold'."""
    return _IRREGULAR.get(word, word) != word


def is_past(word: str) -> bool:
    """Whether a verb stands in a form of the past, or is a participle: 'sold', 'injured'."""
    return is_inflected(word) or (word.endswith("ed") and len(word) > 4 and not word.endswith("eed"))


def read_as_english(question: str, named: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether a question may be English; `named` are the places of names in it, which are of every language.

    It is not when it has function words of other languages, or words in another script, and none of English.
    """
    words = [w for w in words_of(question) if not any(start <= w.start < end for start, end in named)]
    if not words or words[0].text.lower() in _OPENINGS or any(word.text.lower() in _ENGLISH for word in words):
        return True
    return not any(word.text.lower() in _FOREIGN or _is_of_another_script(word.text) for word in words)


def _is_of_another_script(word: str) -> bool:
    """Whether a word is written in other letters than Latin ones; a lone Greek letter is a symbol."""
    return sum(letter.isalpha() and not unicodedata.name(letter, "").startswith("LATIN") for letter in word) > 1


@lru_cache(1 << 15)
def content_stems(text: str) -> tuple[str, ...]:
    """Return the stems of a text's words that are neither function words nor question words."""
    return tuple(word.stem for word in words_of(text) if is_content(word.text))


def held(wanted: frozenset[str], text: str) -> frozenset[str]:
    """Return which of some stems the words of a text have; quicker than to take the stem of every word."""
    text, found = text.lower(), set[str]()
    for beginning in _beginnings(wanted):
        at = text.find(beginning)
        while at >= 0:
            if not _within_word(text, at):
                word = _TOKEN.match(text, at)
                found.add(stem(word[0]) if word else "")
            at = text.find(beginning, at + 1)
    return wanted & found


@lru_cache(64)
def _beginnings(wanted: frozenset[str]) -> tuple[str, ...]:
    """How the words begin that may have one of these stems: a stem differs from its words in its last letter at most."""
    irregular = {form for form, whole in _IRREGULAR.items() if stem(whole) in wanted}
    regular = {word[:-1] if len(word) > 2 else word for word in wanted}
    return tuple(sorted(irregular | regular))


def _within_word(text: str, at: int) -> bool:
    """Whether no word of a text begins at a letter of it."""
    before = text[at - 1] if at else " "
    if before in "-.&/":
        before = text[at - 2] if at > 1 else " "
    return before.isalnum() or before == "_"


def is_content(word: str) -> bool:
    """Whether a word carries meaning of its own."""
    return word.lower() not in FUNCTION_WORDS and word.lower() not in WH_WORDS


@lru_cache(1 << 16)
def stem(word: str) -> str:
    """Fold case and inflection: ``executives``, ``executive`` -> ``executiv``; ``ran`` -> ``run``."""
    word = word.lower()
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3:
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]
        word = _IRREGULAR.get(word, word)
    for ending in ("ing", "ed"):
        if (
            word.endswith(ending)
            and not word.endswith("eed")
            and len(word) - len(ending) >= 3
            and re.search("[aeiouy]", word[: -len(ending)])
        ):
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word
