"""Which relation the phrases say that the ontology does not know: learned once from all claims, then used frozen.

1. Phrases of one family (`families.py`) are one open relation, named by its commonest phrase.
2. Open relations that say the same of the same pairs, look alike to the embedding model, have the same type signature and
   do not contrast are one. None of these alone suffices: 'joined' and 'left' share pairs, 'bought' and 'sold' look alike.
3. An open relation is a relation of the ontology where the embedding of its phrase is near to one of the relation's
   phrases, no other relation is nearly as near, and types, datatype and direction fit.

What fails a test stays as it was. The evidence by shared argument pairs follows Yates and Etzioni, 'Unsupervised methods
for determining object and relation synonyms on the web', JAIR 2009.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from kgfuse.config import FuseSettings
from kgfuse.fuse.clustering import Clusters, Link, ordered
from kgfuse.fuse.families import contrast, family
from kgfuse.fuse.mentions import coarse_type
from kgfuse.fuse.relations import CATCH_ALL, open_name, variants
from kgfuse.fuse.renaming import TypeOf, family_key, folded, is_open
from kgfuse.fuse.vectors import Near, Nearness
from kgfuse.model import Claim, Literal
from kgfuse.ontology import Ontology
from kgfuse.parameters import PhraseMapping
from kgfuse.protocols import LedgerContent

FEWEST_SHARED = 2
"""Pairs of which two open relations must both be said before they can be one: one may be a coincidence."""

SHARED_PART = 0.3
"""Part of the rarer relation's pairs that the other must share."""

MOST_PAIRS = 2000
"""Pairs of arguments kept per open relation: enough to compare, and bounded."""

MOST_BESIDE = 20
"""A pair of arguments of which more open relations are said than this tells nothing about any two."""

MOST = 0.9
"""Part of an open relation's claims whose types or datatypes must fit a relation of the ontology."""

SIGNATURE_PART = 0.5
"""Part of the types of their arguments that two relations must have in common, where types are known."""

Pair = tuple[str, str]


@dataclass(slots=True)
class OpenRelation:
    """All claims of one family of phrases; arguments in the direction of its commonest phrase."""

    phrases: Counter[str] = field(default_factory=Counter)
    pairs: dict[Pair, None] = field(default_factory=dict)
    signature: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    datatypes: Counter[str] = field(default_factory=Counter)

    @property
    def best(self) -> str:
        """The commonest phrase, then the shortest, then the first in order."""
        return min(self.phrases, key=lambda phrase: (-self.phrases[phrase], len(phrase), phrase))

    @property
    def count(self) -> int:
        """How many claims."""
        return self.phrases.total()


def learn_phrases(
    claims: Sequence[Claim],
    predicates: Mapping[str, str],
    ontology: Ontology,
    type_of: TypeOf,
    vectors: Mapping[str, Sequence[float]],
    settings: FuseSettings,
) -> tuple[PhraseMapping, ...]:
    """Return the mappings, sorted by phrase; independent of the order of `claims`, linear in them.

    `predicates` maps triples to what they say, `type_of` gives an entity's type; `vectors` may lack phrases, and without any
    only families are joined.
    """
    found = gather(claims, predicates, ontology, type_of)
    near = Nearness.of(vectors, ontology)
    taken: set[str] = set(ontology.relations)
    mappings: dict[str, PhraseMapping] = {}
    groups = [[found[key] for key in keys] for keys in _cluster(found, near, settings)]
    for group in sorted(groups, key=lambda one: (-sum(r.count for r in one), min(r.best for r in one))):
        lead = min(group, key=lambda one: (-one.count, one.best))
        known = into_ontology(lead, near, ontology, settings)
        name = known.relation if known else _name(lead.best, taken)
        if name is None:
            continue
        taken.add(name)
        lone = known is None and len(group) == 1 and len(lead.phrases) == 1
        for one in group:
            for phrase in one.phrases:
                inverted = (family(phrase).turned != family(one.best).turned) != (known is not None and known.inverted)
                if not lone or name != open_name(phrase):
                    because = (
                        f"near '{known.phrase}' ({known.similarity:.2f})" if known else _because(phrase, one, lead)
                    )
                    mappings[phrase] = PhraseMapping(phrase, name, inverted, because)
    return tuple(mappings[phrase] for phrase in sorted(mappings))


def phrases_of(
    content: LedgerContent, claims: Sequence[Claim], type_of: TypeOf, ontology: Ontology, settings: FuseSettings
) -> tuple[PhraseMapping, ...]:
    """Learn from the claims of a ledger what its open phrases mean."""
    predicates = {triple.id: triple.predicate for triple in content.triples}
    return learn_phrases(claims, predicates, ontology, type_of, dict(content.phrases), settings)


def _because(phrase: str, one: OpenRelation, lead: OpenRelation) -> str:
    if one is not lead:
        return f"says of the same pairs what '{lead.best}' says"
    return "the commonest phrase" if phrase == lead.best else f"a form of '{lead.best}'"


def _name(phrase: str, taken: set[str]) -> str | None:
    """Return a free name for an open relation; what was done to a thing and what it did can share a participle."""
    name = open_name(phrase)
    if name == CATCH_ALL:
        return None
    return next((free for free in (name, f"be_{name}") if free not in taken), None)


# ------------------------------------------------------------------------------------------------------------ what is said


def gather(
    claims: Iterable[Claim], predicates: Mapping[str, str], ontology: Ontology, type_of: TypeOf
) -> dict[str, OpenRelation]:
    """Gather the claims of open relations by family, in the direction of each family's commonest phrase."""
    kinds: dict[str, str | None] = {}
    said: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
    found: dict[str, OpenRelation] = defaultdict(OpenRelation)
    for claim in claims:
        if is_open(claim.relation, ontology) and not claim.negated:
            phrase = folded(predicates[claim.triple_id])
            key = family_key(family(phrase))
            said[key].append((phrase, claim))
            found[key].phrases[phrase] += 1

    def kind(entity: str) -> str | None:
        if entity not in kinds:
            kinds[entity] = coarse_type(type_of(entity), ontology)
        return kinds[entity]

    for key, one in found.items():
        forwards = family(one.best).turned
        for phrase, claim in said[key]:
            if isinstance(claim.object, Literal):
                one.datatypes[claim.object.datatype.value] += 1
                one.signature[kind(claim.subject), None] += 1
                continue
            pair = (claim.subject, claim.object)
            left, right = pair if family(phrase).turned == forwards else pair[::-1]
            one.signature[kind(left), kind(right)] += 1
            one.pairs[left, right] = None
        one.pairs = dict.fromkeys(sorted(one.pairs)[:MOST_PAIRS])
    return {key: found[key] for key in sorted(found)}


# --------------------------------------------------------------------------------------------------------------- clusters


def _cluster(found: Mapping[str, OpenRelation], near: Nearness, settings: FuseSettings) -> Clusters:
    def differ(left: str, right: str) -> bool:
        return not _alike(found[left], found[right], near, settings)

    clusters = Clusters(found, differ=differ)
    for link in ordered(_links(found)):
        clusters.join(link.left, link.right)
    return clusters


def _links(found: Mapping[str, OpenRelation]) -> list[Link]:
    """Link open relations that are said of the same pairs; a pair of which too much is said links nothing."""
    beside: dict[Pair, list[str]] = defaultdict(list)
    for key, one in found.items():
        for pair in one.pairs:
            beside[pair].append(key)
    shared: Counter[tuple[str, str]] = Counter()
    for keys in beside.values():
        if 1 < len(keys) <= MOST_BESIDE:
            shared.update(combinations(sorted(keys), 2))
    links = []
    for (left, right), count in sorted(shared.items()):
        part = count / min(len(found[left].pairs), len(found[right].pairs))
        if count >= FEWEST_SHARED and part >= SHARED_PART:
            links.append(Link(left, right, part, f"{count} pairs"))
    return links


def _alike(one: OpenRelation, other: OpenRelation, near: Nearness, settings: FuseSettings) -> bool:
    """Whether two open relations may be one: no contrast, near vectors, one type signature."""
    if contrast(family(one.best), family(other.best)):
        return False
    similarity = near.between(one.best, other.best)
    return similarity is not None and similarity >= settings.synonym_similarity and _one_signature(one, other)


def _one_signature(one: OpenRelation, other: OpenRelation) -> bool:
    if bool(one.datatypes) != bool(other.datatypes) or one.datatypes.keys() ^ other.datatypes.keys():
        return False
    for side in (0, 1):
        ours, theirs = _kinds(one, side), _kinds(other, side)
        if ours and theirs:
            total, count = ours.total(), theirs.total()
            common = sum(min(ours[kind] / total, theirs[kind] / count) for kind in sorted(ours.keys() & theirs.keys()))
            if common < SIGNATURE_PART:
                return False
    return True


def _kinds(one: OpenRelation, side: int) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for signature, count in one.signature.items():
        kind = signature[side]
        if kind is not None:
            kinds[kind] += count
    return kinds


# --------------------------------------------------------------------------------------------------------------- ontology


def into_ontology(one: OpenRelation, near: Nearness, ontology: Ontology, settings: FuseSettings) -> Near | None:
    """Return the relation of the ontology that an open relation is, with a margin to every other; `None` for none.

    A relation of names (`identity`) is never found so, since it would merge entities.
    """
    ours = family(one.best)
    if any(ontology.lookup(phrase) for phrase, _, _ in variants(one.best)):
        return None  # the ontology knows the phrase, and its types do not fit
    ranked = near.nearest(one.best)
    if not ranked or ranked[0].similarity < settings.relation_similarity:
        return None
    best = ranked[0]
    if any(best.similarity - rival.similarity < settings.relation_margin for rival in ranked[1:]):
        return None  # another relation is nearly as near, or it is not plain which way round
    relation = ontology.relation(best.relation)
    theirs = family(best.phrase)
    if (
        relation.identity
        or contrast(ours, theirs)
        or (ours.turned, ours.preposition) != (theirs.turned, theirs.preposition)
    ):
        return None
    return best if _fits(one, best, ontology) else None


def _fits(one: OpenRelation, near: Near, ontology: Ontology) -> bool:
    """Whether datatype and types say that it is this relation: most are known, and those that are known fit."""
    relation = ontology.relation(near.relation)
    literals, all_said = one.datatypes.total(), one.count
    if relation.literal is not None:
        subjects = Counter({left: count for (left, _), count in one.signature.items() if left is not None})
        fitting = sum(count for left, count in subjects.items() if ontology.admits(near.relation, left, None))
        if relation.domain and (subjects.total() < one.count / 2 or fitting < MOST * subjects.total()):
            return False
        wanted = {relation.literal, "number"} if relation.literal == "quantity" else {relation.literal}
        return not near.inverted and sum(one.datatypes[name] for name in sorted(wanted)) >= MOST * all_said
    if literals > (1 - MOST) * all_said or not (relation.domain or relation.range):
        return False
    fitting = known = 0
    for (left, right), count in one.signature.items():
        subject, object = (right, left) if near.inverted else (left, right)
        if (relation.domain and subject is None) or (relation.range and object is None):
            continue
        known += count
        fitting += count * ontology.admits(near.relation, subject, object)
    return known >= all_said / 2 and fitting >= MOST * known
