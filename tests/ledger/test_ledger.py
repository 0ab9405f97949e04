"""The ledger: whole or not at all, exact in forgetting, same content in any order."""

from __future__ import annotations

import contextlib
import itertools
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kgfuse import errors, sqlite
from kgfuse.graph import EmbeddedGraphStore
from kgfuse.graph.schema import GRAPH
from kgfuse.ledger import Ledger
from kgfuse.model import Datatype, Judgement, Literal, MatchDecision
from kgfuse.parameters import FieldWeights, MatchWeights, Parameters
from kgfuse.protocols import Failure
from tests.support.made import ROE_RUNS_ACME, record, state, validity


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kb.db"


def test_everything_comes_back_as_it_went_in(path: Path) -> None:
    money = Literal("12.4 million euros", Datatype.QUANTITY, "12400000", "EUR")
    hostile = "x'); DROP TABLE documents; --"
    kept = record(
        "a.txt", ROE_RUNS_ACME, ("Acme", "revenue", money), (hostile, hostile, hostile), when=validity("2019")
    )
    with Ledger.open(path) as ledger:
        ledger.store(state(kept), [kept])
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.document(kept.document.id) == kept.document
        assert ledger.chunks(kept.document.id) == list(kept.chunks)
        content = ledger.content()
        assert set(content.triples) == set(kept.extraction.triples)
        assert {mention for _, mention in content.mentions} == set(kept.extraction.mentions)
        assert content.documents == (replace(kept.document, text="", blocks=()),)
        assert ledger.file(kept.document.uri) == state(kept)
        assert ledger.triples([kept.extraction.triples[0].id, "triple:none"]) == [kept.extraction.triples[0]]


def test_content_does_not_depend_on_the_order_of_storing(path: Path, tmp_path: Path) -> None:
    records = [record(f"{name}.txt", (name, "work for", "Acme")) for name in "abc"]
    contents = []
    for number, order in enumerate(itertools.permutations(records)):
        with Ledger.open(tmp_path / f"{number}.db") as ledger:
            for item in order:
                ledger.store(state(item), [item])
            contents.append(ledger.content())
    assert all(content == contents[0] for content in contents)


def test_a_changed_file_replaces_what_it_said(path: Path) -> None:
    old, new = record("a.txt", ROE_RUNS_ACME), record("a.txt", ("Tom Poe", "chief executive of", "Acme"))
    with Ledger.open(path) as ledger:
        ledger.store(state(old), [old])
        before = ledger.revision
        ledger.store(state(new), [new])
        assert ledger.revision > before
        assert [triple.subject.surface for triple in ledger.content().triples] == ["Tom Poe"]
        assert ledger.counts().documents == 1


def test_a_failed_reading_keeps_what_was_known_and_says_so(path: Path) -> None:
    kept = record("a.txt", ROE_RUNS_ACME)
    failure = Failure(kept.document.uri, errors.Damaged("cut short", hint="Fetch it again."))
    with Ledger.open(path) as ledger:
        ledger.store(state(kept), [kept])
        before = ledger.revision
        ledger.store(replace(state(kept), digest="other"), [], [failure])
        assert ledger.revision == before
        assert ledger.counts().documents == 1
        (found,) = ledger.failures()
        assert (found.uri, type(found.error), str(found.error), found.error.hint) == (
            kept.document.uri,
            errors.Damaged,
            "cut short",
            "Fetch it again.",
        )
        ledger.store(state(kept), [kept])
        assert ledger.failures(kept.document.uri) == []


def test_forgetting_takes_attachments_along_and_leaves_no_trace(path: Path, tmp_path: Path) -> None:
    mail = record("mail.eml", ROE_RUNS_ACME)
    sheet = record("mail.eml#attachment/1/sheet.xlsx", ("Acme", "own", "Beta"), parent=mail.document)
    other = record("b.txt", ("Tom Poe", "work for", "Acme"))
    with Ledger.open(path) as ledger:
        ledger.store(state(mail), [mail, sheet])
        ledger.store(state(other), [other])
        removed = ledger.forget(ledger.find_document("mail.eml").id)
        assert [document.id for document in removed] == [mail.document.id, sheet.document.id]
        forgotten = ledger.content()
        assert ledger.file(mail.document.uri) is None
        with pytest.raises(errors.NotFound):
            ledger.forget(mail.document.id)
    with Ledger.open(tmp_path / "fresh.db") as ledger:
        ledger.store(state(other), [other])
        assert ledger.content() == forgotten


def test_an_attachment_can_be_forgotten_alone(path: Path) -> None:
    mail = record("mail.eml", ROE_RUNS_ACME)
    sheet = record("mail.eml#attachment/1/sheet.xlsx", ("Acme", "own", "Beta"), parent=mail.document)
    with Ledger.open(path) as ledger:
        ledger.store(state(mail), [mail, sheet])
        ledger.forget(sheet.document.id)
        assert [document.id for document in ledger.documents()] == [mail.document.id]
        assert ledger.file(mail.document.uri) is not None


def test_documents_are_found_by_id_prefix_path_and_file_name(path: Path) -> None:
    first, second = record("one/a%20b.txt", ROE_RUNS_ACME), record("two/a%20b.txt", ROE_RUNS_ACME)
    with Ledger.open(path) as ledger:
        ledger.store(state(first), [first])
        for name in (first.document.id, first.document.id[:20], "/docs/one/a b.txt", "a b.txt"):
            assert ledger.find_document(name).id == first.document.id
        for name in ("missing.txt", "b.txt", "two/a b.txt", "%", ""):
            with pytest.raises(errors.NotFound):
                ledger.find_document(name)
        ledger.store(state(second), [second])
        with pytest.raises(errors.Ambiguous, match=r"one/a%20b.txt.*two/a%20b.txt"):
            ledger.find_document("a b.txt")


def test_decisions_and_parameters_are_kept(path: Path) -> None:
    when = datetime(2024, 1, 1, tzinfo=UTC)
    decision = MatchDecision("entity:a", "entity:b", Judgement.SAME, 0.9, "person", when)
    with Ledger.open(path) as ledger:
        ledger.decide(decision)
        ledger.decide(replace(decision, revoked_at=when))
        assert ledger.decisions() == [replace(decision, revoked_at=when)]
        for version in ("one", "two"):
            ledger.put_parameters(Parameters(version, (("web:a", 0.7),), 0.8))
        assert ledger.parameters() == Parameters("two", (("web:a", 0.7),), 0.8)
        field = FieldWeights("name", "text", (0.75, 0.25), (0.1, 0.9), (("acme", 3),))
        matching = (MatchWeights("Product", ("web:a",), 40, 0.02, (field,)),)
        ledger.put_parameters(Parameters("three", (), 0.8, matching))
        assert ledger.parameters() == Parameters("three", (), 0.8, matching)
        sources = ((("a", "born_on", 0.9),), (("a", "b", 0.7),))
        ledger.put_parameters(Parameters("four", (("a", 0.8),), 0.8, (), *sources))
        assert ledger.parameters() == Parameters("four", (("a", 0.8),), 0.8, (), *sources)
        ledger.mark_fused("token")
        assert ledger.fused == "token"


def test_replies_are_kept_across_sessions(path: Path) -> None:
    with Ledger.open(path) as ledger:
        cache = ledger.reply_cache()
        cache.put("k", "m", "{}", "reply")
        assert cache.get("k") == "reply"
    with Ledger.open(path) as ledger:
        assert ledger.reply_cache().get("k") == "reply"
        assert ledger.reply_cache().get("other") is None


def test_killed_while_storing_each_document_is_whole_or_absent(path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from kgfuse.ledger import Ledger
        from tests.support.made import record, state
        with Ledger.open(Path(sys.argv[1])) as ledger:
            for number in range(10_000):
                item = record(f"{number}.txt", *((f"P{n}", "work for", "Acme") for n in range(50)))
                ledger.store(state(item), [item])
                if number == 5:
                    print("going", flush=True)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "going\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with Ledger.open(path) as ledger:
        counts = ledger.counts()
        assert counts.documents == counts.files >= 5
        assert counts.triples == 50 * counts.documents
        assert counts.chunks == counts.documents


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    foreign, text = tmp_path / "foreign.db", tmp_path / "notes.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    text.write_text("not a database")
    for path in (foreign, text, tmp_path):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(errors.NotALedger):
            Ledger.open(path)
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_newer_ledger_is_left_alone(path: Path) -> None:
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE components SET version = 99")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    for read_only in (True, False):
        with pytest.raises(errors.LedgerTooNew):
            Ledger.open(path, read_only=read_only)
    assert path.read_bytes() == before


def test_reading_a_ledger_of_an_earlier_kgfuse_upgrades_it(path: Path) -> None:
    Ledger.open(path).close()
    sqlite.connect(path, sqlite.Component("graph", GRAPH.migrations[:3])).close()
    with EmbeddedGraphStore.open(path, read_only=True) as store:
        assert store.search_facts("anything", 5) == []
    with contextlib.closing(sqlite3.connect(path)) as connection:
        versions = dict(connection.execute("SELECT name, version FROM components"))
    assert versions["graph"] == len(GRAPH.migrations)


def test_reading_makes_no_graph_where_there_is_none(path: Path) -> None:
    Ledger.open(path).close()
    before = path.read_bytes()
    with pytest.raises(errors.NotFound, match="no graph"):
        EmbeddedGraphStore.open(path, read_only=True)
    assert path.read_bytes() == before


def test_a_ledger_that_another_process_writes_is_locked_not_harmed(path: Path) -> None:
    kept = record("a.txt", ROE_RUNS_ACME)
    with Ledger.open(path, busy_seconds=0.05) as ledger:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(errors.LedgerLocked):
            ledger.store(state(kept), [kept])
        other.execute("ROLLBACK")
        other.close()
        ledger.store(state(kept), [kept])
        assert ledger.counts().documents == 1


def test_a_full_disk_leaves_the_ledger_as_it_was(path: Path) -> None:
    small, large = record("a.txt", ROE_RUNS_ACME), record("b.txt", *((f"P{n}" * 99, "own", "Acme") for n in range(500)))
    with Ledger.open(path) as ledger:
        ledger.store(state(small), [small])
        before = ledger.content()
        pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
        ledger._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(errors.DiskFull):
            ledger.store(state(large), [large])
        assert ledger.content() == before


def test_reading_what_is_not_there_makes_no_file(path: Path) -> None:
    with pytest.raises(errors.NotFound):
        Ledger.open(path, read_only=True)
    assert not path.exists()


def test_a_read_only_ledger_cannot_be_written(path: Path) -> None:
    kept = record("a.txt", ROE_RUNS_ACME)
    Ledger.open(path).close()
    with Ledger.open(path, read_only=True) as ledger, pytest.raises(errors.LedgerReadOnly):
        ledger.store(state(kept), [kept])


def test_a_damaged_ledger_is_named_as_such(path: Path) -> None:
    items = [record(f"{n}.txt", ROE_RUNS_ACME) for n in range(60)]
    with Ledger.open(path) as ledger:
        for item in items:
            ledger.store(state(item), [item])
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises((errors.LedgerDamaged, errors.LedgerError)), Ledger.open(path) as ledger:
        ledger.content()


def test_a_ledger_under_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(errors.LedgerReadOnly):
        Ledger.open(tmp_path / "file" / "kb.db")
