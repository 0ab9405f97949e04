"""What an LLM concluded about pairs, as inferred facts: never evidence, gone with any document that it quotes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kgfuse.config import FuseSettings
from kgfuse.fuse.conclusions import Known
from kgfuse.fuse.renaming import TypeOf
from kgfuse.fuse.support import rounded
from kgfuse.model import ALWAYS, Fact, FactStatus, Proposal, fact_id
from kgfuse.ontology import Ontology

_LONGEST_QUOTE = 160


def proposed(
    proposals: Iterable[Proposal],
    facts: Sequence[Fact],
    entity_of: Mapping[str, str],
    type_of: TypeOf,
    ontology: Ontology,
    settings: FuseSettings,
) -> list[Fact]:
    """Return the facts of unrevoked proposals, sorted by id, save where `facts` say anything of the matter already.

    `entity_of` maps mention groups to entities; a proposal about a group that is no more is passed over. A model is believed
    as a source that nothing is known about: the confidence is what it says, times `prior_reliability`.
    """
    standing = sorted((one for one in proposals if one.revoked_at is None), key=lambda one: one.id)
    if not standing:
        return []
    known = Known.of(facts, ontology)
    found: dict[str, Fact] = {}
    for one in standing:
        subject, object = entity_of.get(one.subject), entity_of.get(one.object)
        if subject is None or object is None or subject == object:
            continue
        if ontology.relation(one.relation).symmetric and object < subject:
            subject, object = object, subject
        confidence = rounded(one.confidence * settings.prior_reliability)
        if (
            confidence < settings.accept_threshold
            or not ontology.admits(one.relation, type_of(subject), type_of(object))
            or known.speaks(one.relation, subject, object, ALWAYS)
        ):
            continue
        id = fact_id(subject, one.relation, object, ALWAYS)
        said = "; ".join(f"“{_cut(quote.quote)}”" for quote in one.quotes)
        reason = f"proposed by {one.proposed_by} from {said}"
        fact = Fact(id, subject, one.relation, object, ALWAYS, confidence, FactStatus.INFERRED, (), (), reason)
        if id not in found or (-confidence, reason) < (-found[id].confidence, found[id].reason):
            found[id] = fact
    return [found[id] for id in sorted(found)]


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
