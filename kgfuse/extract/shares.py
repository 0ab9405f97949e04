"""Shares in something: '60 percent of Lofoten Smolt', 'is 40 per cent owned by Polar Capital'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgfuse.extract.arguments import Argument, children
from kgfuse.extract.clauses import Clause
from kgfuse.extract.statement import Sentence
from kgfuse.model import Qualifiers

if TYPE_CHECKING:
    from spacy.tokens import Token


def share_of(item: Token, sentence: Sentence) -> tuple[Argument, tuple[str, str]] | None:
    """Return whose share an object is and how large: '60 percent of Lofoten Smolt', 'a 42 per cent stake in Acme'."""
    quantity = sentence.quantity_at(item)
    if quantity is None or quantity.unit != "%" or item.lemma_.lower() in {"point"}:
        return None
    links = [p for p in children(item, "prep") if p.lower_ in {"of", "in"}]
    whole = next((t for p in links[:1] for t in children(p, "pobj")), None)
    argument = sentence.argument(whole) if whole is not None else None
    if argument is None or argument.kind != "name":
        return None
    return argument, ("share", f"{quantity.value} %")


def is_owned(amount: Token, sentence: Sentence) -> bool:
    """Whether the 40 per cent in 'is 40 per cent owned by Acme' are meant."""
    quantity = sentence.quantity_at(amount)
    return (
        quantity is not None
        and quantity.unit == "%"
        and any(c.dep_ == "acl" and any(children(c, "agent")) for c in amount.children)
    )


def owned_share(clause: Clause, sentence: Sentence) -> Qualifiers:
    """Return the share in 'is 40 per cent owned by Acme', which the parser makes 40 per cent that are owned by it."""
    above = [clause.verb.head] if clause.verb.dep_ == "acl" else []
    for token in (*children(clause.verb, "npadvmod", "advmod"), *above):
        amount = sentence.quantity_at(token)
        if amount is not None and amount.unit == "%":
            return (("share", f"{amount.value} %"),)
    return ()
