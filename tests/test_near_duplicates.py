"""Near duplicates of several sources are one voice, whatever came first, in one run or in many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgfuse.config import FuseSettings, Settings
from kgfuse.fuse.claims import copies
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.export import canonical_lines
from kgfuse.ingest.copies import signature_of
from kgfuse.keeping import Fitting, Keeper
from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import (
    Chunk,
    Claim,
    Datatype,
    Document,
    Evidence,
    FactStatus,
    Literal,
    Mention,
    Triple,
    Validity,
    triple_id,
)
from kgfuse.near_duplicates import families_of
from kgfuse.ontology import builtin_ontology
from kgfuse.pipeline import refresh
from kgfuse.protocols import Extraction

RELEASE = " ".join(random.Random(1).choices([f"word{number}" for number in range(300)], k=400))
OTHER = " ".join(random.Random(2).choices([f"word{number}" for number in range(300)], k=400))


def document(name: str, source: str, text: str) -> Document:
    return Document(
        f"document:{name}", f"made:{name}", "text/plain", name, text, (), source, properties=signature_of(text)
    )


def record(name: str, source: str, text: str, sentence: str) -> DocumentRecord:
    made = document(name, source, text)
    chunk = Chunk(f"chunk:{name}", made.id, 0, len(text), text)
    subject, object = Mention("Jane Roe", 0, 8, "Person"), Mention("Acme Energy", 10, 21, "Organization")
    evidence = Evidence(made.id, chunk.id, 0, 21, sentence)
    id = triple_id(subject, "work for", object, evidence, False, Validity(), "made")
    return DocumentRecord(made, (chunk,), Extraction((Triple(id, subject, "work for", object, evidence, 0.8, "made"),)))


# Three papers print one release, each in its own words at the end; the fourth wrote its own article.
RECORDS = [
    record("a", "web:a.example", f"{RELEASE} Jane Roe works for Acme Energy.", "Jane Roe works for Acme Energy."),
    record("b", "web:b.example", f"{RELEASE} At Acme Energy works Jane Roe.", "At Acme Energy works Jane Roe."),
    record("c", "web:c.example", f"{RELEASE} Roe, Jane, is with Acme Energy.", "Roe, Jane, is with Acme Energy."),
    record("d", "web:d.example", f"{OTHER} Acme Energy employs Jane Roe.", "Acme Energy employs Jane Roe."),
]


def told(ledger: Ledger, records: Sequence[DocumentRecord]) -> None:
    for one in records:
        ledger.store(FileState(one.document.uri, 1, 1, one.document.id, "made"), [one])


def refreshed(ledger: Ledger, store: EmbeddedGraphStore, keeper: Keeper | None = None) -> list[str]:
    given = Settings(kb=ledger.path, fuse=FuseSettings(refit_from=0, refit_growth=100.0))
    refresh(ledger, store, given, builtin_ontology(), fitting=Fitting(None, keeper))
    return list(canonical_lines(store))


def test_a_release_that_three_papers_print_is_one_source(tmp_path: Path) -> None:
    path = tmp_path / "kb.db"
    with Ledger.open(path) as ledger, EmbeddedGraphStore.open(path) as store:
        told(ledger, RECORDS[:3])
        refreshed(ledger, store)
        [fact] = [fact for fact in store.facts() if fact.status is FactStatus.ACCEPTED]
        assert len(fact.supported_by) == 3
        assert fact.reason.startswith("stated by 1 source")
        alone = fact.confidence
        told(ledger, RECORDS[3:])
        refreshed(ledger, store)
        [fact] = [fact for fact in store.facts() if fact.status is FactStatus.ACCEPTED]
        assert fact.reason.startswith("stated by 2 sources")
        assert fact.confidence > alone


def test_without_other_sources_there_is_no_family(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "kb.db") as ledger:
        told(ledger, [record(name, "web:a.example", RELEASE, name) for name in "xyz"])
        assert families_of(ledger) == {}
        told(ledger, [record("w", "web:b.example", RELEASE, "w")])
        assert set(families_of(ledger).values()) == {"document:w"}
        assert len(families_of(ledger)) == 4


def test_neither_order_nor_batches_nor_forgetting_matter(tmp_path: Path) -> None:
    wanted: list[str] = []
    for number, order in enumerate([*permutations(RECORDS)][::5]):
        path = tmp_path / f"{number}.db"
        with Ledger.open(path) as ledger, EmbeddedGraphStore.open(path) as store:
            keeper = Keeper(store)
            for one in order:
                told(ledger, [one])
                refreshed(ledger, store, keeper)
            dump = refreshed(ledger, store, keeper)
            wanted = wanted or dump
            assert dump == wanted
            ledger.forget(order[0].document.id)
            kept = refreshed(ledger, store, keeper)
        fresh = tmp_path / f"{number} without.db"
        with Ledger.open(fresh) as ledger, EmbeddedGraphStore.open(fresh) as store:
            told(ledger, order[1:])
            assert refreshed(ledger, store) == kept


def claim(number: int, sentence: str, source: str, family: str | None) -> Claim:
    evidence = Evidence(f"document {number}", "chunk", 0, 1, sentence)
    thing = Literal("x", Datatype.STRING, "x")
    return Claim(f"t{number}", "s", "r", thing, Validity(), None, 0.9, source, evidence, sentence, family=family)


CLAIMS = st.lists(
    st.tuples(st.sampled_from("uvw"), st.sampled_from("abc"), st.sampled_from([None, "f", "g"])), min_size=1, max_size=8
)


@given(CLAIMS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_a_copy_points_to_what_is_none(rows: list[tuple[str, str, str | None]], chance: random.Random) -> None:
    claims = [claim(number, *row) for number, row in enumerate(rows)]
    found = copies(claims)
    assert not set(found) & set(found.values())
    shuffled = chance.sample(claims, len(claims))
    assert copies(shuffled) == found
    kept = [one for one in claims if one.triple_id not in found]
    assert len({one.fingerprint for one in kept}) == len(kept)
    for family in "fg":
        assert len({one.source for one in kept if one.family == family}) <= 1


@pytest.mark.parametrize("text", ["short", " ".join(f"w{n}" for n in range(29))])
def test_a_short_text_is_no_copy(text: str, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "kb.db") as ledger:
        told(ledger, [record("x", "web:a.example", text, "s"), record("y", "web:b.example", text, "s")])
        assert families_of(ledger) == {}
