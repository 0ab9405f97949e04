"""What a whole knowledge base is about: communities of the graph, each told by its most salient things and best facts.

Communities are found by Louvain's method (Blondel et al. 2008) over the accepted facts between entities, with their
confidences as weights. Nodes are numbers in order of id and weights whole numbers, so that the same graph gives the same
themes everywhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kgfuse.model import Answer, Citation, Entity, Fact, FactStatus, Hit, content_id
from kgfuse.ontology import Ontology
from kgfuse.plain import Plain
from kgfuse.protocols import FactFilter, GraphReader, LanguageModel
from kgfuse.retrieve.parts import Cite
from kgfuse.retrieve.telling import told

_SEED = 0
_LEAST_ENTITIES = 3
"""Two things and a fact between them are no theme."""

_SALIENT = 5
_TOLD = 4
_SUMMARISED = 25
"""Facts of a community that a summary is made from, or a language model sees."""

_TOLD_THEMES = 5
_ALL = (
    r"(?:(?:all\s+)?(?:(?:of\s+)?(?:these|the|this|those|my|our)\s+)?"
    r"(?:documents?|files?|texts?|corpus|collection|knowledge base|knowledge graph)|(?:all\s+(?:of\s+)?)?(?:this|these|it))"
)
_ASKS = re.compile(
    r"\b(?:main|central|key|major|overall|principal|most important|common)\s+(?:themes?|topics?|subjects?)\b|"
    rf"\bwhat\s+(?:themes|topics|subjects)\b|\bwhat(?:\s+(?:is|are)|'s|’s)\s+{_ALL}\s+(?:all\s+)?about\b|"
    rf"^\W*(?:(?:please|can you|could you)\s+)?(?:summari[sz]e|describe|(?:(?:give|show|tell)\s+(?:me\s+)?)?"
    rf"(?:an?\s+|the\s+)?(?:short\s+|brief\s+)?(?:overview|summary)\s+of)\s+{_ALL}\W*$",
    re.IGNORECASE,
)
_ASKED_OF_MODEL = "What is this about? Tell it in at most three sentences that name what is most important."


@dataclass(frozen=True, slots=True)
class Theme(Plain):
    """A community of the graph. `id` hashes its facts: as long as they stay, so do the theme and its summary.

    `entities` are those with most facts, the most salient first, of `size` in all; `facts` the best ones. `summary` is made
    of them, or written by a language model and checked against them.
    """

    id: str
    size: int
    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    summary: str
    citations: tuple[Citation, ...]


def asks_for_themes(question: str) -> bool:
    """Whether a question asks what all of it is about, and not about anything that it names."""
    return bool(_ASKS.search(question))


def themes(
    store: GraphReader,
    ontology: Ontology,
    cite: Cite,
    filter: FactFilter,
    *,
    limit: int,
    model: LanguageModel | None = None,
) -> list[Theme]:
    """Return the `limit` largest themes, the one with most weight first.

    With a `model` it writes the summaries, from facts alone; its replies are kept by what was asked, so that a theme whose
    facts stay costs no second call. Raises leaves of LanguageModelError.
    """
    facts = [
        fact
        for fact in store.facts(replace(filter, relation=None, statuses=(FactStatus.ACCEPTED,)))
        if isinstance(fact.object, str) and fact.object != fact.subject
    ]
    found = []
    for inside in _communities(facts)[:limit]:
        found.append(_theme(inside, store, ontology, cite, model))
    return found


def themes_answer(
    store: GraphReader, ontology: Ontology, cite: Cite, filter: FactFilter, model: LanguageModel | None = None
) -> Answer:
    """Answer what it is all about from the largest themes, or abstain where the graph is empty."""
    found = themes(store, ontology, cite, filter, limit=_TOLD_THEMES, model=model)
    if not found:
        return Answer("The documents do not say.", (), 0.0, True)
    lines = [f"{number}. {_title(theme)}: {theme.summary}" for number, theme in enumerate(found, 1)]
    citations = tuple(dict.fromkeys(citation for theme in found for citation in theme.citations))
    facts = [fact for theme in found for fact in theme.facts]
    hits = tuple(Hit(fact, 1.0, (("themes", 1.0),), (fact,)) for fact in facts)
    return Answer("\n".join(lines), citations, min(fact.confidence for fact in facts), False, hits)


def _title(theme: Theme) -> str:
    return ", ".join(entity.name for entity in theme.entities[:3])


def _communities(facts: Sequence[Fact]) -> list[list[Fact]]:
    """The facts inside each community, the heaviest community first, in order of id."""
    import networkx as nx

    number = {id: at for at, id in enumerate(sorted({end for fact in facts for end in _ends(fact)}))}
    weights: dict[tuple[int, int], int] = defaultdict(int)
    for fact in facts:
        left, right = sorted(number[end] for end in _ends(fact))
        weights[left, right] += max(1, round(100 * fact.confidence))
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(number)))
    graph.add_weighted_edges_from((a, b, weight) for (a, b), weight in sorted(weights.items()))
    if not weights:
        return []
    parts = sorted(sorted(part) for part in nx.community.louvain_communities(graph, seed=_SEED))
    home = {node: at for at, part in enumerate(parts) for node in part}
    inside: dict[int, list[Fact]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: fact.id):
        left, right = (home[number[end]] for end in _ends(fact))
        if left == right:
            inside[left].append(fact)
    kept = [held for at, held in sorted(inside.items()) if len(parts[at]) >= _LEAST_ENTITIES]
    return sorted(kept, key=lambda held: (-sum(round(100 * fact.confidence) for fact in held), held[0].id))


def _ends(fact: Fact) -> tuple[str, str]:
    return fact.subject, str(fact.object)


def _theme(
    inside: Sequence[Fact], store: GraphReader, ontology: Ontology, cite: Cite, model: LanguageModel | None
) -> Theme:
    weight: dict[str, float] = defaultdict(float)
    for fact in inside:
        for end in _ends(fact):
            weight[end] += round(100 * fact.confidence)
    salient = sorted(weight, key=lambda end: (-weight[end], end))
    entities = {entity.id: entity for entity in store.entities(sorted(weight))}
    best = _best(inside, weight, ontology)
    said = _told(best[:_SUMMARISED], entities, ontology, cite)
    shown = tuple(entities[id] for id in salient[:_SALIENT] if id in entities)
    facts = tuple(said) or tuple(best[:1])
    summary = " ".join(said.values()) or f"Facts about {' and '.join(one.name for one in shown[:2])}."
    citations = tuple(dict.fromkeys(place for fact in facts for place in _place(fact, said.get(fact, ""), cite)))
    if model is not None:
        from kgfuse.retrieve.written import write_answer

        hits = [Hit(fact, fact.confidence) for fact in best[:_SUMMARISED]]
        written = write_answer(_ASKED_OF_MODEL, None, hits, store, model, cite)
        if not written.abstained:
            summary, citations = written.text, written.citations
    id = content_id("theme", *(fact.id for fact in inside))
    return Theme(id, len(weight), shown, facts, summary, citations)


def _best(inside: Sequence[Fact], weight: Mapping[str, float], ontology: Ontology) -> list[Fact]:
    """The facts that tell most: of relations with a name, sure, and about what has most facts."""
    return sorted(
        inside,
        key=lambda fact: (
            fact.relation not in ontology.relations,
            -fact.confidence * min(weight[end] for end in _ends(fact)),
            fact.id,
        ),
    )


def _told(best: Iterable[Fact], entities: Mapping[str, Entity], ontology: Ontology, cite: Cite) -> dict[Fact, str]:
    """The best facts that can be told, with their sentences: each sentence once."""
    said: dict[str, Fact] = {}
    for fact in best:
        if len(said) == _TOLD:
            break
        sentence = told(fact, ontology, entities, cite)
        if sentence is not None:
            said.setdefault(sentence, fact)
    return {fact: sentence for sentence, fact in said.items()}


def _place(fact: Fact, sentence: str, cite: Cite) -> Sequence[Citation]:
    """The place that a fact is quoted from, else the best one that carries it."""
    places = cite(fact)
    return [one for one in places if sentence[1:-1] in " ".join(one.quote.split())][:1] or places[:1]
