"""Noun phrases as arguments: the clean name or a short phrase, where it stands, and what type it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgfuse.extract.lexicon import (
    FLOWS,
    INCOMPLETE,
    KINDS_OF,
    NAMING_NOUNS,
    OFFICES,
    OFFICIAL,
    ORGANISATION_NOUNS,
    OTHERS,
    PLACE_NOUNS,
    PRONOUNS,
    RANKS,
    SEATS_OF,
    STOCKS,
    TITLES,
    WORKS_NOUNS,
)

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token


@dataclass(frozen=True, slots=True)
class Argument:
    """A noun phrase at ``[start, end)`` of the sentence. `kind`: ``name``, ``noun``, ``pronoun``, ``definite`` (a
    description that needs an antecedent, 'the company'), ``implied`` (not written: 'revenue rose' of whom?). `bare` says of
    a noun that it has 'the' and nothing else beside it, and may stand for a name that the text calls so."""

    text: str
    start: int
    end: int
    kind: str
    type: str | None = None
    bare: bool = False


TYPES = {
    "PERSON": "Person", "ORG": "Organization", "GPE": "Place", "LOC": "Place", "FAC": "Facility", "PRODUCT": "Product",
    "EVENT": "Event", "WORK_OF_ART": "Work", "LAW": "Law", "NORP": "Group", "LANGUAGE": "Language",
}  # fmt: skip
_NO_NAME = re.compile(
    r"(?:NOK|SEK|DKK|EUR|USD|GBP|CHF|JPY|CNY|INR|AUD|CAD|PLN|€|\$|£)(?=[\s\d]|$).*|"
    r"[\W\d_]+(?:\s?(?:[kMGT]?W|[kMGT]Wh|km|kg|%))?|[kMGT]Wh?|"
    r"(?:(?:early|late|mid|last|next|this)[ -])?(?:january|february|march|april|may|june|july|august|september|october|november|"
    r"december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|spring|summer|autumn|winter|christmas|easter)"
    r"(?:\s\d{1,4})?|(?:q[1-4]|h[12])(?:\s\d{4})?",
    re.IGNORECASE,
)
"""What spaCy takes for a name and is an amount, a unit or a time."""
LEGAL_FORMS = r"FC|AFC|RFC|AS|ASA|AB|A/S|Ltd|Limited|Inc|Incorporated|GmbH|AG|LLC|LLP|plc|PLC|Corp|Corporation|Co|NV|N\.V|BV|B\.V|SA|S\.A|SE|Oy|SpA"
_LEGAL = re.compile(
    rf"\b(?:{LEGAL_FORMS}|Group|"
    r"Holding|Holdings|Energy|Systems|Technologies|Bank|University|Institute|College|Ministry|Agency|Association|Foundation|"
    r"Partners|Capital|Ventures|Motors|Airlines|Airways|Council|Committee|Commission|Authority|Company|Laboratories|Labs|"
    r"Industries|Solutions|Pharma|Pharmaceuticals|Society|Union|Federation|Party|Trust|Club|Organi[sz]ation|Hospital|Consulting)\.?$"
)
_MODEL = re.compile(r"[A-Z]{1,5}-\d+[A-Za-z]?")
"""The name of a model: 'HR-7' is no organisation, whatever the recogniser takes it for."""
_LEGAL_FORM = re.compile(rf",?\s(?:{LEGAL_FORMS})\.?$")
_EDGES = re.compile(
    r"^[,;:.\s]+|^(?:(?:the|a|an|this|its|their|our|his|her|my)\s+)+|(?:['’]s?|[.,;:(\s\"“”]+)$", re.IGNORECASE
)
_ARTICLES = {"DET", "PUNCT", "PRON"}


def is_pronoun(word: str) -> bool:
    """Whether a word is a pronoun; 'WHO', 'US' and 'IT' in capitals are names."""
    return word.lower() in PRONOUNS and not (len(word) > 1 and word.isupper())


def conjuncts(token: Token) -> tuple[Token, ...]:
    """Return a token and what is joined to it by 'and' or 'or'; 'not X' and 'but not X' are left out."""
    found = [token]
    for joined in found:  # grows while it is read: a list of a thousand names is a chain of a thousand links
        named = next(
            (c for c in joined.rights if joined.tag_ == "NNS" and c.dep_ == "appos" and c.pos_ == "PROPN"), None
        )
        found.extend(
            child
            for child in (
                *joined.children,
                *(named.children if named is not None else ()),
            )  # 'the brothers Al and Bo Coe'
            if child.dep_ == "conj" and child.pos_ in {"NOUN", "PROPN", "PRON", "NUM"} and not is_denied(child)
        )
    return tuple(sorted(found, key=lambda item: item.i))


def is_denied(token: Token) -> bool:
    """Whether 'not' stands right before the phrase of `token` ('Bergen, not Oslo')."""
    left = token.left_edge.i
    return (left > 0 and token.doc[left - 1].lower_ == "not") or any(c.dep_ == "neg" for c in token.lefts)


def argument(token: Token, types: dict[str, str] | None = None) -> Argument | None:
    """Return the argument whose head is `token`, or `None` when it names nothing ('this', 'there')."""
    doc = token.doc
    if is_pronoun(token.text) or token.pos_ == "PRON":
        personal = token.lower_ in {
            "he",
            "him",
            "his",
            "she",
            "her",
            "hers",
            "it",
            "its",
            "i",
            "me",
            "my",
            "they",
            "their",
            "them",
            "we",
            "us",
            "our",
        }
        stands = personal and not _stands_for_a_clause(token)
        return Argument(token.text, token.idx, token.idx + len(token), "pronoun") if stands else None
    if token.pos_ == "PROPN" or (token.ent_type_ in TYPES and token.text[:1].isupper()):
        return name(token, types)
    if token.pos_ not in {"NOUN", "NUM", "ADJ", "X", "SYM", "VERB"}:
        return None
    start, end = phrase(token)
    text = clean(doc[start:end].text)
    definite = any(c.lower_ in {"the", "this", "that"} for c in token.children if c.dep_ == "det")
    bare = definite and text.lower() == token.lower_ and _is_bare(token)
    if (
        definite
        and token.lower_ in ORGANISATION_NOUNS | PLACE_NOUNS
        and not any(c.dep_ == "prep" or (c.dep_ == "relcl" and not _aside(c)) for c in token.children)
        and not any(_tells_apart(c, token) for c in token.children)
    ):
        kind = "Organization" if token.lower_ in ORGANISATION_NOUNS else "Place"
        return Argument(text, doc[start].idx, _close(doc, end), "definite", kind, bare)
    if not re.search(r"[^\W\d_]{2}", text):
        return None
    named = token.lower_ in WORKS_NOUNS and any(
        c.pos_ == "PROPN" for c in token.children if c.dep_ in {"compound", "nmod"}
    )
    return Argument(text, doc[start].idx, _close(doc, end), "noun", "Facility" if named else None, bare)


def _stands_for_a_clause(pronoun: Token) -> bool:
    """Whether 'it' only keeps the place of a clause: 'it is clear that', 'it was announced that'."""
    verb = pronoun.head
    fits = pronoun.dep_ == "nsubjpass" or (pronoun.dep_ == "nsubj" and verb.lemma_ == "be")
    told = (clause for clause in children(verb, "ccomp") if clause.i > verb.i)
    return pronoun.lower_ == "it" and fits and any(mark.lower_ == "that" for c in told for mark in children(c, "mark"))


def _is_bare(noun: Token) -> bool:
    """Whether a noun says by itself which one is meant: one thing, and nothing after it that describes it ('the point at which')."""
    described = any(c.dep_ in {"prep", "relcl", "acl", "appos"} and not _aside(c) for c in noun.rights)
    return noun.tag_ == "NN" and noun.dep_ not in {"attr", "appos", "compound"} and not described


def _tells_apart(word: Token, noun: Token) -> bool:
    """Whether a word before a noun says that another is meant than the last: 'the combined company', 'the nearest town'."""
    return (word.dep_ == "compound" and noun.lower_ in KINDS_OF) or (
        word.dep_ == "amod" and (word.tag_ == "JJS" or word.lower_ in OTHERS)
    )


def _aside(clause: Token) -> bool:
    """Whether a relative clause stands between commas and says nothing about which is meant: 'the company, which …'."""
    return clause.left_edge.i > 0 and clause.doc[clause.left_edge.i - 1].text == ","


_OF_ORGANISATION = re.compile(rf"(?:{'|'.join(sorted(word.title() for word in OFFICIAL))}) of (?:the )?[A-ZÀ-Þ]")


def _of_name(token: Token) -> int:
    """Return where a name ends that goes on with 'of': 'Port of Esbjerg', 'Gulf of Bothnia'."""
    doc, end = token.doc, token.i + 1
    link = doc[end] if end < len(doc) else None
    if token.lower_ not in SEATS_OF or not token.text[0].isupper() or link is None or link.lower_ != "of":
        return end
    named = next((t for t in children(link, "pobj") if t.pos_ == "PROPN" and t.i <= end + 3), None)
    return named.i + 1 if named is not None else end


def numbering(token: Token) -> Token | None:
    """Return the number that ends a name: 'Aria 3', 'Windows 11', 'Apache License 2.0'."""
    following = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
    if following is None or following.dep_ != "nummod" or following.head.i != token.i:
        return None
    version = re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){1,3}", following.text)
    named = token.pos_ == "PROPN" or (version and token.text.istitle() and token.lower_ not in FLOWS | STOCKS)
    short = version or (following.text.isdigit() and len(following) <= 3)
    return following if named and short and not _NO_NAME.fullmatch(f"{token.text} 1") else None


def name(token: Token, types: dict[str, str] | None = None) -> Argument | None:
    """Return the name around a proper noun: its entity where the model sees one, else its run of proper nouns."""
    doc = token.doc
    start = end = token.i
    end += 1
    while start > 0 and _belongs(doc[start - 1], token):
        start -= 1
    while (
        end < len(doc)
        and doc[end].pos_ == "PROPN"
        and (doc[end].dep_ in {"compound", "flat"} or doc[end].ent_iob_ == "I")
    ):
        end += 1
    for entity in doc.ents:
        if entity.start <= token.i < entity.end and entity.label_ in TYPES:
            start, end = min(start, entity.start), max(end, entity.end)
            if entity.label_ == "PERSON" and not _LEGAL.search(entity.text):
                start, end = _with_given_name(entity), entity.end
    if end == token.i + 1:
        end = _of_name(token)
    if doc[end - 1].i == token.i and (number := numbering(token)) is not None:
        end = number.i + 1
    start, end = _without_titles(doc, start, end, token.i)
    if end - start > 12:
        return None
    text = clean(doc[start:end].text)
    for opening, closing in (("(", ")"), ("[", "]")):
        if text.count(opening) != text.count(closing):
            text = text.split(opening)[0].strip() or text.strip("()[]")
    if not re.search(r"\w", text) or _NO_NAME.fullmatch(text) or is_pronoun(text):
        return None
    begin = doc[start].idx
    type = "Person" if follows_title(doc[start:end]) else name_type(text, token, types)
    return Argument(text, begin, begin + max(len(text), 1), "name", type)


def _with_given_name(person: Span) -> int:
    """Return where a person's name begins: the recogniser leaves 'Agnes' out of 'Agnes Thorvald-Pike'."""
    before = person.doc[person.start - 1] if person.start > 0 else None
    if before is None or not re.fullmatch(r"[^\W\d_]{2,}-[^\W\d_]{2,}", person.text):
        return person.start
    titles = TITLES | OFFICES | RANKS
    given = before.pos_ == "PROPN" and before.dep_ == "compound" and before.head in person and before.text.istitle()
    return before.i if given and not before.ent_type_ and before.lower_ not in titles else person.start


def is_ranked(span: Span) -> bool:
    """Whether words are a person's name with a rank before it: 'Bishop Erik Lund', not 'Bishop Museum' or 'Judge Dredd'."""
    words = [token.text for token in span]
    named = len(words) > 2 and all(word[0].isupper() for word in words) and not is_organisation(span.text)
    return named and words[0].lower().rstrip(".") in RANKS and words[-1].lower() not in NAMING_NOUNS


def follows_title(span: Span) -> bool:
    """Whether a name has a person's title before it: 'Dame Judith Marsh', 'Bishop Erik Lund'."""
    before = span.doc[span.start - 1] if span.start > 0 else None
    if before is None or not before.text[0].isupper() or is_organisation(span.text):
        return False
    titled = before.lower_.rstrip(".") in TITLES and span[-1].lower_ not in NAMING_NOUNS
    return titled or is_ranked(span.doc[span.start - 1 : span.end])


def _without_titles(doc: Doc, start: int, end: int, head: int) -> tuple[int, int]:
    """Cut titles, articles and offices off the front of a name, possessives and punctuation off its end."""
    while start < head and (doc[start].lower_.rstrip(".") in TITLES or doc[start].pos_ in _ARTICLES):
        start += 1
    start += is_ranked(doc[start:end])
    while start < head and doc[start].lower_ in OFFICES:
        start += 1
    while end - 1 > head and (doc[end - 1].pos_ == "PUNCT" or doc[end - 1].lower_ in {"'s", "’s"}):
        end -= 1
    return start, end


def _belongs(left: Token, head: Token) -> bool:
    return (
        left.pos_ == "PROPN"
        and left.dep_ in {"compound", "nmod", "flat", "amod"}
        and left.head.i <= head.i
        and left.head.i > left.i
    ) or (
        left.lower_ in {"of", "&"}
        and left.i > 0
        and left.doc[left.i - 1].ent_type_ == head.ent_type_ == "ORG"
        and head.ent_iob_ == "I"
    )


def name_type(text: str, token: Token, types: dict[str, str] | None = None) -> str | None:
    """Return the ontology's type of a name: by its legal suffix, the document's majority, or the model."""
    if is_organisation(text):
        return "Organization"
    if types and text in types:
        return types[text]
    if token.ent_type_ == "NORP" and token.pos_ != "ADJ" and token.tag_ != "NNPS":
        return None  # one thing is no nationality
    if _MODEL.fullmatch(text):
        return None
    return TYPES.get(token.ent_type_)


def is_organisation(text: str) -> bool:
    """Whether a name of several words ends as names of organisations do."""
    return len(text.split()) > 1 and bool(_LEGAL.search(text) or _OF_ORGANISATION.match(text))


def without_legal_form(text: str) -> str:
    """Return the name of a firm without the legal form behind it: 'Acme' of 'Acme Inc.'."""
    return _LEGAL_FORM.sub("", text)


def phrase(token: Token, limit: int = 7) -> tuple[int, int]:
    """Return the token span of a common noun phrase: modifiers before the head, and a short 'of' phrase after it."""
    start = token.i
    for child in token.lefts:
        if child.dep_ in {"compound", "amod", "nummod", "nmod", "poss", "quantmod"} and child.pos_ != "PUNCT":
            edge = child.left_edge.i
            start = min(start, edge)
    if token.i - start > limit:
        start = token.i
    end = token.i + 1
    for child in token.rights:
        if child.dep_ == "nummod" and child.i == end:  # 'chromosome 17'
            end += 1
        elif child.dep_ == "prep" and child.i == end and (child.lower_ == "of" or _completes(child, token)):
            objects = [c for c in child.children if c.dep_ == "pobj"]
            if objects and objects[0].i - token.i <= limit:
                end = max(end, phrase(objects[0], 4)[1])
    return start, end


def _completes(preposition: Token, noun: Token) -> bool:
    return noun.lemma_.lower() in INCOMPLETE and preposition.lower_ in {"in", "to", "for", "against", "with", "from"}


def clean(text: str) -> str:
    """Fold white space and strip articles, possessive endings and stray punctuation."""
    text = " ".join(text.split())
    previous = ""
    while text != previous:
        previous = text
        text = _EDGES.sub("", text).strip()
    return text


def _close(doc: Doc, end: int) -> int:
    return int(doc[end - 1].idx + len(doc[end - 1]))


def children(token: Token, *labels: str) -> Iterator[Token]:
    """Yield the children of `token` with one of the dependency labels, in order."""
    return (child for child in token.children if child.dep_ in labels)
