"""Names in a form that can be compared, and what is read off them: legal forms, numbers, initials, acronyms.

Folding never decides that two names are the same thing; it only makes them comparable. What it takes away (legal forms,
titles, diacritics) is kept beside the result, so that matching can weigh it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from kgfuse.regions import country_of

# ---------------------------------------------------------------------------------------------------------------- folding

_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_EXPANDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
"""The other customary way to write a letter in plain ASCII: Müller is written Muller and Mueller."""

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i e g".split(),
        strict=True,
    )
)
_GREEK = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(), strict=True)
)
_GREEK_PAIRS = (
    (re.compile("ου"), "ou"),
    (re.compile("γ(?=[γξχ])"), "n"),
    (re.compile("(?<=[αε])υ(?=[θκξπσςτφχψ]|\\b)"), "f"),
    (re.compile("(?<=[αε])υ"), "v"),
)
"""Pairs of letters that are written otherwise than each alone: Παπανδρέου is Papandreou, Ευάγγελος Evangelos."""

_TRANSLITERATED = str.maketrans({letter: latin.replace("_", "") for letter, latin in {**_CYRILLIC, **_GREEK}.items()})
_DIACRITICS = re.compile("[\u0300-\u036f]")
_ARTICLES = frozenset({"the", "a", "an"})
_APOSTROPHES = re.compile("(?<=\\w)['’ʼ`´]+(?=\\w)|['’ʼ`´]")
_DOTTED = re.compile(r"(?<![^\W_])(?:(?:[^\W\d_]\.[ ]?){2,}(?=[^\W\d_]{2,}|\W|$)|(?:[^\W\d_]\.)+[^\W\d_](?![^\W_]))")
_SPACED_INITIALS = re.compile(r"(?<![^\W_])(?:[A-Z] ){1,3}[A-Z](?= [A-Z][a-z])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u0900-\u0963"
    "\u0966-\u0dff\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f84\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
    "\u3099\u309a"
)
"""Vowel signs and other marks that belong to a word and that the regular expression engine takes for punctuation."""
_TOKEN = re.compile(rf"\d+(?:\.\d+)+|[^\W_](?:[^\W_]|[{_MARKS}])*[+#]*|%")
_SP_Z_OO = re.compile(r"\bsp\.?\s*z\.?\s*o\.?\s*o\b")
"""A legal form of several words."""
_UNSPACED_FORMS = re.compile(r"株式会社|有限会社|\([株有]\)")
_IN_FULL = {"(株)": "株式会社", "(有)": "有限会社"}
"""Legal forms that no space sets apart from the name."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def fold(text: str, expand: bool = False) -> str:
    """Return `text` in lower-case letters without diacritics, words apart by one space.

    Compatibility forms, case, diacritics, Cyrillic and Greek letters, punctuation, '&', leading articles and the dots of
    initials are folded. With `expand`, umlauts become two letters (``müller`` -> ``mueller``).
    """
    return " ".join(_tokens(text, expand))


def _tokens(text: str, expand: bool) -> list[str]:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = _DOTTED.sub(lambda m: m[0].replace(".", "").replace(" ", "") + " ", text)
    text = _SPACED_INITIALS.sub(lambda m: m[0].replace(" ", ""), text).casefold()
    text = _APOSTROPHES.sub("", text).replace("&", " and ").replace("a/s", "as")
    text = _SP_Z_OO.sub("spzoo", text)
    if not text.isascii():
        text = unicodedata.normalize(
            "NFC", _UNSPACED_FORMS.sub(lambda form: f" {_IN_FULL.get(form[0], form[0])} ", text)
        )
        text = (text.translate(_EXPANDED) if expand else text).translate(_LETTERS)
        text = unicodedata.normalize("NFC", _DIACRITICS.sub("", unicodedata.normalize("NFD", text)))
        for pair, latin in _GREEK_PAIRS:
            text = pair.sub(latin, text)
        text = text.translate(_TRANSLITERATED)
    words = _TOKEN.findall(_THOUSANDS.sub("", text))
    if len(words) > 1 and words[0] in _ARTICLES and not words[1][0].isdigit():
        words = words[1:]
    return words or text.split()


# ------------------------------------------------------------------------------------------------------------ vocabulary

_LEGAL_FORMS = {
    form: group[0]
    for group in (
        line.split()
        for line in (
            "ltd limited ltda",
            "inc incorporated",
            "corp corporation",
            "co company",
            "llc",
            "llp",
            "lp",
            "plc",
            "as aksjeselskap",
            "asa",
            "ab aktiebolag",
            "abp",
            "aps",
            "oy",
            "oyj",
            "gmbh",
            "ag aktiengesellschaft",
            "kg",
            "ohg",
            "kgaa",
            "se",
            "sa",
            "sas",
            "sarl",
            "srl",
            "spa",
            "nv",
            "bv",
            "cv",
            "kk 株式会社",
            "pte",
            "pty",
            "pvt private",
            "sdn",
            "bhd",
            "oao",
            "ooo",
            "zao",
            "pao pjsc",
            "hf",
            "ehf",
            "spzoo",
            "yk 有限会社",
            "sae",
            "ev",
        )
    )
    for form in group
}
"""Legal form -> the form that stands for all its spellings."""

_LEADING_FORMS = frozenset("ooo oao zao pao 株式会社 有限会社".split())
"""Legal forms that are also written before the name, in capitals where their script has any."""

_JURISDICTIONS = tuple(
    frozenset(line.split())
    for line in (
        "as asa",
        "ab abp",
        "oy oyj ab abp",
        "ltd plc llp",
        "inc corp llc lp co",
        "gmbh ag kg ohg kgaa se",
        "sa sas sarl se",
        "spa srl",
        "nv bv se",
        "hf ehf",
        "oao ooo zao pao",
    )
)
"""Legal forms of one country each: a firm changes from one to the other and stays the same, or is cited inexactly."""


def same_jurisdiction(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of legal forms are of one country's law."""
    return any(one | other <= forms for forms in _JURISDICTIONS)


LINES_OF_BUSINESS = frozenset(
    "energy software solutions motor motors motorcycles pharmaceutical pharmaceuticals pharma biotech airlines airline "
    "airways aviation aerospace electric electrical petroleum oil gas power chemicals chemical foods food beverages steel "
    "mining minerals shipping logistics semiconductor semiconductors telecom telecommunications communications automotive "
    "computers computer robotics renewables".split()
)
"""What a firm does: 'Halden Energy' is called 'Halden', unless it is one of several firms of a house of that name."""

DESCRIPTORS = LINES_OF_BUSINESS | frozenset(
    "group technology technologies tech systems system industries industry international enterprises".split()
)
"""What a firm's full name adds to the name people use: 'Halden Group' is called 'Halden'. Words that name a part of
something or another body beside it (foundation, hospital, holding, bank, university, pictures) are not among them."""

WORKS = frozenset(
    "plant factory mill mine refinery smelter station terminal port harbour harbor bridge tunnel dam farm park building "
    "tower hall museum stadium airport hotel reactor pipeline cable vessel ship ferry rig platform field facility "
    "laboratory battery telescope satellite reservoir canal".split()
)
"""What the name of a thing that is built may be followed by: 'the Kalvneset plant' is Kalvneset, if Kalvneset is no town."""

PART_WORDS = frozenset(
    "foundation hospital clinic institute holding holdings bank capital ventures venture partners trust fund "
    "university college school church orchestra choir band ensemble theatre theater academy museum library press "
    "publishing archive archives laboratory laboratories lab labs research center centre club union council "
    "committee commission board association society federation league arena stadium park airport station port "
    "terminal hotel festival award awards prize cup team department division branch subsidiary services service web "
    "cloud online digital mobile media news sports music records studios studio pictures films television tv radio "
    "channel network networks books games health care medical finance financial credit insurance real estate "
    "properties property retail stores store cafe restaurants factory plant works mine field project building tower "
    "house north south east west northern southern eastern western americas".split()
)
"""Words that make of a name the name of a part of that thing, or of a body beside it."""

GENERIC_WORDS = frozenset(
    "board group company firm corporation report meeting project team plan deal agreement contract committee "
    "council department division unit office management staff government ministry agency association organisation "
    "organization party commission authority bank court university school college hospital institute foundation "
    "customer customers employee employees user users author authors person man woman child document paper article "
    "study book film movie song album show episode city town country state region area place directors executives "
    "shareholders investors members member partner partners owner owners chairman chair ceo cfo president minister "
    "mayor spokesman spokeswoman spokesperson analyst analysts mail email letter memo message page website site "
    "plant facility building thing things year quarter month week day annual quarterly monthly weekly draft senior "
    "interim former current executive supervisory chief officer head director manager news press release statement "
    "table figure section chapter appendix population residents inhabitants students student".split()
)
"""Words that alone name nothing: what 'the board' is depends on the document that says it."""

_FUNCTION_WORDS = frozenset(
    "of the for and in on at to by de la le du des del di da und der die das van von y et e".split()
)
SUFFIXES = frozenset("jr sr phd md esq mba dphil".split())
_NUMBER_WORDS = {
    word: str(number)
    for names in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
        "0th 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th",
    )
    for number, word in enumerate(names.split())
}
_NO_PLURAL_ENDS = ("ss", "us", "is", "ics")
_NO_PLURALS = frozenset("news series species means works".split())
"""Ends of words that are no plurals, and words that are none, or whose singular is another thing."""

_ORDINALS = frozenset(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth last next final".split()
)
ROMAN = {
    numeral: str(number)
    for number, numeral in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx xxi xxii".split(), start=1
    )
}

_SHORTENED = 3
"""A name of a country with no more letters than this is written in capitals."""


# ------------------------------------------------------------------------------------------------------------------ names


@dataclass(frozen=True, slots=True)
class Name:
    """A name read into its parts.

    `key` is the folded name: equal keys are equal names. `core` are its words without legal forms around them, `forms` those
    forms. `numbers` are its digits, numerals, number words and single letters in order: what tells 'Model 3' from
    'Model S'. `proper` says that it is written as a name and not as a common noun phrase. `acronym` is set for a name that
    is itself one ('NNE'), `initials` are the acronyms it may be called by. `turned` is 'Jane Roe' for 'Roe, Jane'.
    `qualifier` is 'norway' for 'Oslo, Norway'. `anaphoric`: what it names depends on the document ('the board', 'the
    waterfall').
    """

    surface: str
    key: str
    tokens: tuple[str, ...]
    core: tuple[str, ...]
    forms: frozenset[str]
    numbers: tuple[str, ...]
    proper: bool
    anaphoric: bool
    acronym: str | None
    initials: frozenset[str]
    expanded: tuple[str, ...]
    turned: str | None
    qualifier: tuple[str, str] | None

    @property
    def squashed(self) -> str:
        """The core in one word: 'Data Bricks' and 'DataBricks' agree."""
        return "".join(self.core)

    @property
    def singular(self) -> str | None:
        """The core of several words in one word, its last word in the singular: 'memory networks' is a 'memory network'."""
        last = self.core[-1] if len(self.core) > 1 else ""
        stem = last[:-3] + "y" if last.endswith("ies") and len(last) > 4 else last[:-1]
        ends = last.endswith("s") and not last.endswith(_NO_PLURAL_ENDS)
        plural = ends and len(last) > 3 and last.isalpha() and last not in _NO_PLURALS
        return "".join((*self.core[:-1], stem if plural else last)) if last else None

    @property
    def transliterated(self) -> bool:
        """Whether it is written in Cyrillic or Greek, and folded into Latin letters."""
        return not self.surface.isascii() and any(ord(c) in _TRANSLITERATED for c in self.surface.casefold())

    @property
    def country(self) -> str | None:
        """The code of the country it names, if it can be nothing else: 'US' is one, and 'us' and the film 'Us' are not."""
        if len(self.squashed) <= _SHORTENED and not self.acronym:
            return None
        return country_of(self.surface) or country_of(self.key)

    @property
    def common(self) -> bool:
        """Whether it is a single lower-case word: 'apple' is not 'Apple'."""
        return len(self.tokens) == 1 and not self.proper


@lru_cache(maxsize=400_000)
def read_name(surface: str) -> Name:
    """Read a surface form into a `Name`; any text gives one, the empty one included."""
    written = _without_own_acronym(" ".join(surface.split()))
    tokens = tuple(_tokens(written, False))
    words = _words(written)
    core, forms = _split_legal_forms(tokens, words)
    proper = _is_proper(words)
    pointing = not proper and _points(written, tokens)
    return Name(
        surface=surface,
        key=" ".join(("the", *tokens) if pointing else tokens),
        tokens=tokens,
        core=core,
        forms=forms,
        numbers=_numbers(core),
        proper=proper,
        anaphoric=pointing or (bool(core) and all(word in GENERIC_WORDS or word in _FUNCTION_WORDS for word in core)),
        acronym=_acronym(tokens, words),
        initials=_initials(core, tokens),
        expanded=_split_legal_forms(tuple(_tokens(written, True)), words)[0],
        turned=_turned(written),
        qualifier=_qualifier(written),
    )


def _points(written: str, tokens: tuple[str, ...]) -> bool:
    """Whether a common noun phrase points at something in its document: 'the waterfall', 'second season'."""
    definite = len(tokens) < len(written.split()) and written[:4].casefold() == "the "
    return definite or (len(tokens) == 2 and tokens[0] in _ORDINALS)


def _words(written: str) -> list[str]:
    words = re.findall(r"[^\W_]+", written)
    return words[1:] if len(words) > 1 and words[0].casefold() in _ARTICLES else words


def _without_own_acronym(written: str) -> str:
    """Drop a trailing '(WHO)' that is the acronym of what stands before it."""
    match = re.fullmatch(r"(.+?)\s*\(([A-Z][A-Za-z.&]{1,7})\)", written)
    if match is None:
        return written
    tokens = tuple(_tokens(match[1], False))
    return match[1] if fold(match[2]).replace(" ", "") in _initials(tokens, tokens) else written


def _split_legal_forms(tokens: tuple[str, ...], words: list[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Part the folded name from its legal forms; `words` tell how it is written."""
    start, end = int(_leads_with_its_form(tokens, words)), len(tokens)
    while end > start + 1 and (tokens[end - 1] in _LEGAL_FORMS or (tokens[end - 1] == "and" and end < len(tokens))):
        end -= 1
    if end == 1 and len(tokens) > 1 and tokens[0] in _LEGAL_FORMS:
        return tokens, frozenset()
    outside = (*tokens[:start], *tokens[end:])
    return tokens[start:end], frozenset(_LEGAL_FORMS[word] for word in outside if word in _LEGAL_FORMS)


def _leads_with_its_form(tokens: tuple[str, ...], words: list[str]) -> bool:
    if len(tokens) < 2 or tokens[0] not in _LEADING_FORMS:
        return False
    return not tokens[0].isascii() or words[0].isupper()


def _numbers(core: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    for position, word in enumerate(core):
        number = number_of(word) if position or word not in ROMAN else None
        if number is not None:
            found.append(number)
        elif any(c.isdigit() for c in word) or (position and len(word) == 1):
            found.append(word)
    return tuple(sorted(found))


def number_of(word: str) -> str | None:
    """Return the decimal form of a digit string, a Roman numeral or a small number word, else `None`."""
    if word.isdigit() and word.isascii():
        return str(int(word))
    return _NUMBER_WORDS.get(word) or ROMAN.get(word)


def _is_proper(words: list[str]) -> bool:
    def capital(word: str) -> bool:
        return any(c.isupper() or c.istitle() for c in word)

    if any(c.isalpha() and c.lower() == c.upper() for word in words for c in word):
        return True  # a script without case
    while len(words) > 1 and words[-1].casefold() in _LEGAL_FORMS:
        words = words[:-1]
    if len(words) > 1:
        return any(capital(word) for word in words[1:]) or any(c.isupper() for c in words[0][1:])
    return any(capital(word) for word in words)


def _acronym(tokens: tuple[str, ...], words: list[str]) -> str | None:
    if len(tokens) != 1 or not 2 <= len(tokens[0]) <= 7:
        return None
    capitals = [c for word in words for c in word if c.isupper()]
    letters = [c for word in words for c in word if c.isalpha()]
    mostly = len(capitals) >= 2 and len(capitals) >= len(letters) - 1
    return tokens[0] if mostly else None


def _initials(core: tuple[str, ...], tokens: tuple[str, ...]) -> frozenset[str]:
    found = set()
    for words in (core, tokens):
        strong = [word for word in words if word not in _FUNCTION_WORDS]
        for chosen in (words, strong):
            if len(chosen) > 1:
                found.add("".join(word[0] for word in chosen))
    return frozenset(found)


def _turned(written: str) -> str | None:
    parts = [part.strip() for part in written.split(",")]
    if len(parts) != 2 or not all(1 <= len(part.split()) <= 3 for part in parts):
        return None
    tokens = _tokens(parts[1], False)
    if not tokens or any(word in _LEGAL_FORMS or any(c.isdigit() for c in word) for word in tokens):
        return None
    return " ".join([*tokens, *_tokens(parts[0], False)])


def _qualifier(written: str) -> tuple[str, str] | None:
    """Return ``("oslo", "norway")`` for 'Oslo, Norway'; a list ('Oslo, Bergen and Narvik') and a sentence give `None`."""
    parts = [part.split() for part in written.split(",")]
    if not 2 <= len(parts) <= 4 or not all(1 <= len(part) <= 3 for part in parts):
        return None
    if not all(word[:1].isupper() or word in ("of", "the") for part in parts for word in part):
        return None
    place, container = fold(" ".join(parts[0])), fold(" ".join(parts[1]))
    return None if container in _LEGAL_FORMS or container in SUFFIXES else (place, container)
