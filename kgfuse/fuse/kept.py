"""A fusion that is kept: with frozen parameters, what a changed document touches is fused again, and nothing else.

`Kept` gives, after any number of updates, the graph that `fuse` gives for the same ledger and the same parameters, byte for
byte. It lives in memory, beside the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable

from kgfuse.config import FuseSettings
from kgfuse.fuse.canonicals import Canonicals
from kgfuse.fuse.claims import make_claim
from kgfuse.fuse.kept_entities import KeptEntities
from kgfuse.fuse.kept_facts import KeptFacts
from kgfuse.model import Claim, FusedGraph, Mention
from kgfuse.ontology import Ontology
from kgfuse.parameters import Parameters
from kgfuse.protocols import LedgerContent


class Kept:
    """The fusion of a ledger that changes, with parameters that do not."""

    def __init__(self, ontology: Ontology, settings: FuseSettings, parameters: Parameters) -> None:
        self.parameters = parameters
        self._entities = KeptEntities(ontology, settings, parameters)
        self._facts = KeptFacts(ontology, settings, parameters)
        self._canonicals = Canonicals(ontology)
        self._quoted: set[str] = set()
        self._triples: dict[str, list[str]] = {}
        self._predicates: dict[str, str] = {}

    @staticmethod
    def applies(content: LedgerContent) -> bool:
        """Whether a fusion of such content can be kept.

        It cannot with what an LLM concluded or advised: those look at everything at once.
        """
        return not (content.proposals or content.advice)

    def update(self, gone: Iterable[str], content: LedgerContent) -> None:
        """Forget the documents `gone`, and take in those of `content`, new ones or anew.

        `content.decisions` are all decisions of the ledger as it is now.
        """
        gone = set(gone)
        replaced = gone | {document.id for document in content.documents}
        linked: dict[str, Claim | None] = {}
        for document in replaced:
            linked.update(dict.fromkeys(self._triples.pop(document, ())))
        for id in linked:
            self._predicates.pop(id, None)
        self._quoted |= content.quoted_chunks
        documents, renamed = self._entities.update(gone, content, content.decisions)
        names = self._entities.names
        for id in documents:
            page = self._entities.pages[id]
            if page.document is None:
                continue
            self._triples[id] = [statement.triple.id for statement in page.statements]
            for triple in (statement.triple for statement in page.statements):
                quoted = triple.evidence.chunk_id in self._quoted
                self._predicates[triple.id] = triple.predicate
                linked[triple.id] = make_claim(
                    triple, page.document, quoted, self._canonicals, self, lambda entity: names.get(entity, "")
                )
        self._facts.update(linked, self._predicates, renamed, names, self.type_of)

    def entity_id(self, document_id: str, mention: Mention) -> str:
        """Return the id of the entity that a mention in a document names. Raises KeyError for an unknown mention."""
        page = self._entities.pages[document_id]
        return self._entities.known(page.index[mention.surface, mention.entity_type or ""])[0]

    def type_of(self, entity_id: str) -> str | None:
        """Return the type of an entity. Raises KeyError for an unknown id."""
        return self._entities.types[entity_id]

    def graph(self) -> FusedGraph:
        """Return the graph as it is now; linear in its size."""
        claims = self._facts.claims
        return FusedGraph(
            entities=tuple(self._entities.entities()),
            facts=tuple(self._facts.facts()),
            claims=tuple(claims[id] for id in sorted(claims)),
            groups=tuple(self._entities.groups()),
        )
