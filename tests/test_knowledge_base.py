"""The whole way through Python: documents in, answers with citations out; forgetting, history, order, errors."""

from __future__ import annotations

import io
import itertools
import os
import random
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from kgfuse import FactFilter, FactStatus, KnowledgeBase, Moment, Settings, errors
from kgfuse.adapters.items import Asked, items
from kgfuse.asked import instant
from kgfuse.console import show_explanation
from kgfuse.model import Fact
from tests.support.folder import FILES, write_folder

ACME, TOM, JANE = "Acme Energy AS", "Tom Poe", "Jane Roe"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="module")
def kb(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path_factory.mktemp("kb") / "kb.db", settings=Settings(jobs=1)) as kb:
        summary = kb.ingest(folder)
        assert (summary.files, summary.read, summary.failures) == (4, 4, ())
        yield kb


def dump(kb: KnowledgeBase) -> str:
    out = io.StringIO()
    kb.export("jsonl", out)
    return out.getvalue()


def said(kb: KnowledgeBase, relation: str, **options: str) -> list[tuple[str, str]]:
    facts = kb.facts(ACME, relation=relation, **options)  # type: ignore[arg-type]
    names = kb.names(facts)
    return [(names[fact.subject], str(fact.validity)) for fact in facts]


def test_the_timeline_of_an_office(kb: KnowledgeBase) -> None:
    assert said(kb, "chief_executive_of") == [(TOM, "2021-07-01 – …")]
    assert said(kb, "chief_executive_of", as_of="2020-01-01") == [(JANE, "2019-04-03 – 2021-07-01")]
    assert said(kb, "chief_executive_of", as_of="2010") == []


def test_a_rumour_is_kept_as_disputed_with_its_reason(kb: KnowledgeBase) -> None:
    rumours = [fact for fact in kb.facts("Ada Loe", history=True) if fact.relation == "chief_executive_of"]
    assert [fact.status for fact in rumours] == [FactStatus.DISPUTED]
    assert rumours[0].reason
    assert kb.facts("Ada Loe", relation="chief_executive_of") == []


def test_why_names_the_documents(kb: KnowledgeBase) -> None:
    (fact,) = kb.facts(ACME, relation="chief_executive_of")
    story = kb.why(fact.id[:15])
    assert story.fact == fact
    assert {Path(item.document.uri).name for item in story.supporting} >= {"note-2021.txt"}
    for item in story.supporting:
        text = kb.ledger.document(item.document.id).text
        evidence = item.triple.evidence
        assert text[evidence.start : evidence.end] == evidence.quote


def test_why_tells_how_reliable_sources_are_and_who_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    docs = write_folder(tmp_path / "docs")
    (docs / "copy.txt").write_text((docs / "note-2019.txt").read_text().replace("A note", "Our copy of a note"))
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(docs)
        (fact,) = kb.facts(ACME, relation="chief_executive_of", as_of="2020")
        sources = sorted({said.document.source for said in kb.why(fact.id).supporting})
        assert len(sources) == 2
        fitted = kb.ledger.parameters()
        assert fitted is not None
        kb.ledger.put_parameters(
            replace(
                fitted,
                version="by hand",
                reliability=((sources[0], 0.9), (sources[1], 0.6)),
                by_relation=((sources[1], "chief_executive_of", 0.7),),
                dependence=((sources[0], sources[1], 0.8),),
            )
        )
        told = {said.document.source: (said.reliability, said.copies) for said in kb.why(fact.id).supporting}
        assert told == {sources[0]: (0.9, (sources[1],)), sources[1]: (0.7, (sources[0],))}
        show_explanation(kb, kb.why(fact.id))
        shown = capsys.readouterr().out
        assert ", reliability 0.90" in shown
        assert f"shares a vote with {sources[0]}" in shown


@pytest.mark.parametrize(
    ("question", "as_of", "expected", "document"),
    [
        ("Who is the chief executive of Acme Energy AS?", None, TOM, "note-2021.txt"),
        ("Who was chief executive of Acme Energy AS in May 2020?", None, JANE, "note-2019.txt"),
        ("Who is the chief executive of Acme Energy AS?", "2020-05", JANE, "note-2019.txt"),
        ("Who acquired Beta Cells AS?", None, ACME, "deal.html"),
    ],
)
def test_questions(kb: KnowledgeBase, question: str, as_of: str | None, expected: str, document: str) -> None:
    answer = kb.ask(question, as_of=as_of)
    assert not answer.abstained
    assert expected in answer.text
    assert document in {Path(citation.uri).name for citation in answer.citations}


def test_it_abstains_when_nothing_is_known(kb: KnowledgeBase) -> None:
    assert kb.ask("Who is the mayor of Reykjavik?").abstained
    assert kb.ask("What was the revenue of Acme Energy AS in 2012?").abstained


def test_search_and_the_retriever_find_facts_and_passages(kb: KnowledgeBase) -> None:
    hits = kb.search("chief executive of Acme", limit=5)
    assert any(kb.cite(hit.item) for hit in hits)
    for mode in ("hybrid", "full_text", "vector", "graph"):
        assert kb.retriever(mode).retrieve("Who founded Beta Cells AS?", 5, FactFilter())


def test_only_documents_of_the_asked_sources_are_cited(tmp_path: Path) -> None:
    docs = write_folder(tmp_path / "docs")
    text = "On Acme\n\nDate: 9 May 2019\n\nJane Roe is the chief executive of Acme Energy AS, said a second voice.\n"
    (docs / "second.txt").write_text(text)
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(docs)
        question, when = "Who was chief executive of Acme Energy AS?", "2019-06"
        every = {Path(one.uri).name for one in kb.ask(question, as_of=when).citations}
        assert {"note-2019.txt", "second.txt"} <= every
        narrow = kb.ask(question, as_of=when, sources=["SECOND"])
        assert JANE in narrow.text
        assert {Path(one.uri).name for one in narrow.citations} == {"second.txt"}
        for item in items(kb, question, Asked(sources=("second",), limit=30)):
            assert item.about["citations"]
            assert {Path(one["uri"]).name for one in item.about["citations"]} == {"second.txt"}


def test_facts_searches_and_answers_are_narrowed_alike(kb: KnowledgeBase) -> None:
    narrow: dict[str, Any] = {"relation": "chief_executive_of", "statuses": ["disputed"]}
    wanted = kb.facts(ACME, **narrow)
    assert [kb.names([fact])[fact.subject] for fact in wanted] == ["Ada Loe"]
    question = "Who is chief executive of Acme Energy AS?"
    hits = kb.search(question, **narrow)
    assert [hit.item for hit in hits] == wanted
    assert [item.id for item in items(kb, question, Asked(**narrow))] == [fact.id for fact in wanted]
    assert kb.ask(question, **narrow).abstained
    assert TOM in kb.ask(question, statuses=[FactStatus.ACCEPTED], minimum_confidence=0.5).text
    assert kb.ask(question, minimum_confidence=1.0).abstained
    assert kb.ask(question, relation="headquartered_in").abstained
    assert all(
        isinstance(hit.item, Fact) and hit.item.confidence >= 0.9 for hit in kb.search(question, minimum_confidence=0.9)
    )
    early = datetime(2020, 1, 1, tzinfo=UTC)
    assert kb.facts(ACME, known_at=early) == []
    assert kb.facts(ACME, known_at="2100") == kb.facts(ACME)
    assert kb.facts(ACME, sources=["blog"], statuses=["accepted"]) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"limit": -1}, "a limit is 1 or more, not -1"),
        ({"limit": 0}, "a limit is 1 or more, not 0"),
        ({"statuses": ["sure"]}, "no status is called 'sure'"),
        ({"minimum_confidence": 2.0}, "between 0 and 1"),
        ({"minimum_confidence": float("nan")}, "between 0 and 1"),
        ({"text": ""}, "is empty"),
        ({"text": " \n"}, "is empty"),
        ({"text": None}, "no text but NoneType"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(kb: KnowledgeBase, asked: dict[str, Any], said: str) -> None:
    more = dict(asked)
    text = more.pop("text", "Who runs Acme?")
    for way in (kb.search, kb.ask):
        with pytest.raises(errors.UsageError, match=said):
            way(text, **more)


def test_a_second_ingest_reads_and_writes_nothing(kb: KnowledgeBase, folder: Path) -> None:
    before = dump(kb)
    again = kb.ingest([folder, folder / "note-2019.txt"])
    assert (again.files, again.read, again.unchanged, again.changes.any) == (4, 0, 4, False)
    os.utime(folder / "note-2019.txt", (1, 1))  # another time, the same bytes
    touched = kb.ingest(folder)
    assert (touched.read, touched.unchanged, touched.changes.any) == (0, 4, False)
    assert dump(kb) == before


def test_order_and_batches_do_not_matter_and_forgetting_is_exact(folder: Path, tmp_path: Path) -> None:
    paths = [folder / name for name in FILES]
    dumps = set()
    for number, order in enumerate(random.Random(7).sample(list(itertools.permutations(paths)), 3)):
        with KnowledgeBase.open(tmp_path / f"{number}.db", settings=Settings(jobs=1)) as kb:
            for path in order[:number]:
                kb.ingest(path)
            kb.ingest(order[number:])
            dumps.add(dump(kb))
            if number == 2:
                gone = kb.forget("note-2021.txt")
                assert [Path(document.uri).name for document in gone.documents] == ["note-2021.txt"]
                without = dump(kb)
                assert said(kb, "chief_executive_of") == [(JANE, "2019-04-03 – …")]
                kb.ingest(folder)
                dumps.add(dump(kb))
    assert len(dumps) == 1
    with KnowledgeBase.open(tmp_path / "never.db", settings=Settings(jobs=1)) as kb:
        kb.ingest([path for path in paths if path.name != "note-2021.txt"])
        assert dump(kb) == without


def test_a_changed_file_replaces_what_it_said(tmp_path: Path) -> None:
    note = tmp_path / "docs" / "a.txt"
    note.parent.mkdir()
    note.write_text("Date: 3 April 2019\n\nJane Roe is the chief executive of Acme Energy AS.\n")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(note.parent)
        before = datetime.now(UTC)
        note.write_text("Date: 3 April 2019\n\nMary Poe is the chief executive of Acme Energy AS.\n")
        kb.ingest(note.parent)
        assert [name for name, _ in said(kb, "chief_executive_of")] == ["Mary Poe"]
        known = kb.graph.facts(FactFilter(known_at=before, relation="chief_executive_of"))
        assert len(list(known)) == 1


def test_what_was_known_before_a_file_changed_can_be_asked(tmp_path: Path) -> None:
    note, other = tmp_path / "docs" / "a.txt", tmp_path / "docs" / "b.txt"
    note.parent.mkdir()
    note.write_text("Jane Roe has been chief executive of Acme Energy AS since March 2019. She lives in Oslo.\n")
    other.write_text("Tom Poe works for Acme Energy AS.\n")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(note.parent)
        before = datetime.now(UTC)
        note.write_text("Mary Poe has been chief executive of Acme Energy AS since June 2021.\n")
        kb.ingest(note.parent)
        for question in (
            "Who is the chief executive of Acme Energy AS?",
            "What does Roe lead?",
            "Who was chief executive of Acme Energy in 2020?",
        ):
            then = kb.ask(question, known_at=before)
            assert not then.abstained
            assert then.text.startswith("Jane Roe has been chief executive of Acme Energy AS since March 2019.")
            assert (then.citations, "changed since" in then.text) == ((), True)
        assert kb.ask("Who is the chief executive of Acme Energy AS?").text == (
            "Mary Poe has been chief executive of Acme Energy AS since June 2021."
        )
        assert kb.ask("What does Roe lead?").abstained
        for mode in ("graph", "pagerank", "hybrid", "auto"):
            hits = kb.search("Acme Energy AS chief executive", mode=mode, known_at=before)
            found = [hit.item for hit in hits if isinstance(hit.item, Fact)]
            assert "Jane Roe" in [kb.names([one])[one.subject] for one in found], mode
            assert "Mary Poe" not in kb.names(found).values()
        (led,) = kb.facts("Acme Energy AS", known_at=before, relation="chief_executive_of")
        assert kb.names([led])[led.subject] == kb.entity("Jane Roe", past=True).name == "Jane Roe"
        assert [one.status for one in kb.facts("Jane Roe", history=True)] == [FactStatus.RETRACTED] * 2
        with pytest.raises(errors.NotFound):
            kb.facts("Jane Roe")


def test_what_was_known_is_told_with_the_names_of_today_when_more_is_said_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("Jon Berg is chief executive of Solan Ltd. Solan Ltd is headquartered in Oslo.\n")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(folder)
        before = datetime.now(UTC)
        for number in range(4):  # ids are hashes: of so many documents one comes before the first
            said = "Jon Berg spoke to Solan Ltd in Oslo. Jon Berg is chief executive of Solan Ltd.\n"
            (folder / f"b{number}.txt").write_text(said)
        kb.ingest(folder)
        assert kb.ask("Who is chief executive of Solan Ltd?", known_at=before).text == (
            "Jon Berg is chief executive of Solan Ltd."
        )
        assert kb.ask("Is Jon Berg chief executive of Solan Ltd?", known_at=before).text.startswith("Jon Berg is")
        assert "in Oslo" in kb.ask("Where is Solan Ltd headquartered?", known_at=before).text
        (folder / "a.txt").write_text("Nothing of interest.\n")
        kb.ingest(folder)
        assert "Jon Berg" in kb.ask("Who is chief executive of Solan Ltd?", known_at=before).text
        for facts in (kb.facts("Solan Ltd", known_at=before), kb.facts("Solan Ltd", history=True)):
            assert {fact.relation for fact in facts} >= {"chief_executive_of", "headquartered_in"}
            assert all(name and not name.startswith("entity:") for name in kb.names(facts).values())


def test_namesakes_of_the_past_are_not_mixed(tmp_path: Path) -> None:
    one, other = tmp_path / "docs" / "a.txt", tmp_path / "docs" / "b.txt"
    one.parent.mkdir()
    one.write_text("Jon Berg is chief executive of Solan Ltd. Jon Berg was born in Molde on 2 May 1980.\n")
    other.write_text("Jon Berg was a poet. Jon Berg was born in Skien on 1 June 1950. Jon Berg wrote Snow.\n")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(one.parent)
        before = datetime.now(UTC)
        with pytest.raises(errors.Ambiguous):
            kb.facts("Jon Berg")
        one.write_text("Nothing of interest.\n")
        other.write_text("Nothing of interest here either.\n")
        kb.ingest(one.parent)
        for asked in ({"known_at": before}, {"history": True}):
            with pytest.raises(errors.Ambiguous):
                kb.facts("Jon Berg", **asked)


def test_what_an_archive_held_once_can_be_forgotten(tmp_path: Path) -> None:
    box = tmp_path / "docs" / "box.zip"
    box.parent.mkdir()

    def pack(**members: str) -> None:
        with zipfile.ZipFile(box, "w") as archive:
            for name, text in members.items():
                archive.writestr(f"{name}.txt", text)

    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        pack(
            secret="Olav Rask is chief executive of Hidden Mining AS.\n",
            open="Greta Holm is chief executive of Bright Dairy AS.\n",
        )
        kb.ingest(box.parent)
        before = datetime.now(UTC)
        pack(open="Nothing of interest.\n")
        kb.ingest(box.parent)
        assert "Olav Rask" in kb.ask("Who is chief executive of Hidden Mining?", known_at=before).text
        assert kb.forget("secret.txt").documents == ()
        assert kb.ask("Who is chief executive of Hidden Mining?", known_at=before).abstained
        assert "Greta Holm" in kb.ask("Who is chief executive of Bright Dairy?", known_at=before).text
        kb.forget("open.txt")  # another number in the archive than before
        assert kb.ask("Who is chief executive of Bright Dairy?", known_at=before).abstained
        pack(open="Jane Roe is chief executive of Acme AS.\n", more="Tom Poe works for Acme AS.\n")
        kb.ingest(box.parent)
        assert len(kb.forget("box.zip").documents) == 2
        with pytest.raises(errors.NotFound):
            kb.forget("box.zip")


def test_forgetting_takes_along_what_earlier_states_of_the_file_said(tmp_path: Path) -> None:
    note, other = tmp_path / "docs" / "a.txt", tmp_path / "docs" / "b.txt"
    note.parent.mkdir()
    note.write_text("Jane Roe has been chief executive of Acme Energy AS since March 2019.\n")
    other.write_text("Tom Poe works for Acme Energy AS.\n")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(note.parent)
        before = datetime.now(UTC)
        note.write_text("Nothing of interest.\n")
        kb.ingest(note.parent)
        assert kb.facts("Jane Roe", known_at=before)
        kb.forget("a.txt")
        assert kb.ask("Who is the chief executive of Acme Energy AS?", known_at=before).abstained
        assert {one.relation for one in kb.facts("Acme Energy AS", history=True)} == {"works_for"}
    assert b"Roe" not in (tmp_path / "kb.db").read_bytes()


def test_bad_files_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "docs")
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n%%EOF\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (folder / "wrong.docx").write_bytes(b"\x00\x01\x02 not an office file")
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        summary = kb.ingest(folder)
        failed = {Path(failure.uri).name: type(failure.error) for failure in summary.failures}
        assert failed == {
            "empty.pdf": errors.EmptyFile,
            "broken.pdf": errors.Damaged,
            "picture.png": errors.UnknownFormat,
            "wrong.docx": failed["wrong.docx"],
        }
        assert all(failure.error.hint for failure in summary.failures)
        assert (summary.documents, summary.graph.total > 0) == (4, True)
        again = kb.ingest(folder)
        assert again.failures == summary.failures or [f.uri for f in again.failures] == [
            f.uri for f in summary.failures
        ]


def test_a_short_id_from_before_a_merge_is_found(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(write_folder(tmp_path / "docs"))
        before = [kb.entity("Tom Poe"), kb.entity("Kim Doe")]
        kb.merge("Tom Poe", "Kim Doe")
        for one in before:
            assert kb.entity(one.id.removeprefix("entity:")[:10]) == kb.entity("Tom Poe")
            assert kb.facts(one.id.removeprefix("entity:")[:10])


def test_what_is_only_disputed_tells_namesakes_apart(kb: KnowledgeBase) -> None:
    assert kb.describe(kb.entity("Ada Loe")).startswith("Ada Loe (Person; disputed: Ada Loe chief executive of Acme")


def test_names_that_are_unknown_or_ambiguous(kb: KnowledgeBase) -> None:
    entity = kb.entity("acme energy")
    assert kb.entity(entity.id) == entity == kb.entity(entity.id[:17])
    with pytest.raises(errors.NotFound, match="Reykjavik"):
        kb.entity("Reykjavik")
    with pytest.raises(errors.NotFound):
        kb.why("fact:00000000")
    with pytest.raises(errors.UsageError, match="not an ISO"):
        kb.facts(ACME, as_of="last year")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2021-06", datetime(2021, 6, 1, tzinfo=UTC)),
        (date(2021, 6, 3), datetime(2021, 6, 3, tzinfo=UTC)),
        (datetime.fromisoformat("2021-06-03T04:00"), datetime(2021, 6, 3, 4, tzinfo=UTC)),
        (Moment.parse("2021"), datetime(2021, 1, 1, tzinfo=UTC)),
        (None, None),
    ],
)
def test_points_in_time(when: object, expected: datetime | None) -> None:
    assert instant(when) == expected  # type: ignore[arg-type]


def test_text_of_documents_never_reaches_sql(tmp_path: Path) -> None:
    hostile = "Robert'); DROP TABLE documents; --"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a'); DROP TABLE files; --.txt").write_text(
        f"{hostile}\n\nDate: 3 April 2019\n\n{hostile} is the chief executive of Acme ' OR 1=1 AS. \x01 "
        "'; DELETE FROM triples;\n"
    )
    with KnowledgeBase.open(tmp_path / "kb.db", settings=Settings(jobs=1)) as kb:
        kb.ingest(tmp_path / "docs")
        kb.search(hostile)
        kb.ask(f"Who is {hostile}?")
        assert kb.status().ledger.documents == 1
    with sqlite3.connect(tmp_path / "kb.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_reading_makes_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(errors.NotFound, match="no ledger"):
        KnowledgeBase.open(tmp_path / "none.db", read_only=True)
    assert list(tmp_path.iterdir()) == []
