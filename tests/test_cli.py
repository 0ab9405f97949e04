"""The command line as a person or a script uses it: real processes, exit codes, JSON, interruptions."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kgfuse.ledger import DocumentRecord, FileState, Ledger
from kgfuse.model import Chunk, Document, Evidence, Mention, Triple, Validity, triple_id
from kgfuse.protocols import Extraction
from tests.support.folder import write_folder

QUESTION = "Who is the chief executive of Acme Energy AS?"


def kgfuse(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kgfuse", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=170,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents and a knowledge base of them."""
    home = tmp_path_factory.mktemp("home")
    write_folder(home / "docs")
    done = kgfuse("ingest", "docs", "-j", "1", cwd=home)
    assert done.returncode == 0, done.stderr
    assert "4 files: 4 read" in done.stdout
    assert "conflicts resolved" in done.stdout
    return home


def names_in(folder: Path) -> list[str]:
    """The files in a folder but for those that SQLite keeps beside an open ledger."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_help_and_version_are_there() -> None:
    done = kgfuse("--help")
    assert done.returncode == 0
    for command in ("ingest", "status", "search", "ask", "facts", "why", "conflicts", "forget", "export"):
        assert command in done.stdout
        assert "--json" in kgfuse(command, "--help").stdout
    assert kgfuse("--version").stdout.startswith("kgfuse 0.")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['kgfuse', '--help']\n"
        "try:\n    from kgfuse.cli import main; main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'spacy', 'numpy', 'openai', 'pydantic', 'lxml', 'networkx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_second_ingest_loads_no_model(home: Path) -> None:
    code = (
        "import sys; sys.argv = ['kgfuse', 'ingest', 'docs', '-q']\n"
        "try:\n    from kgfuse.cli import main; main()\nexcept SystemExit: pass\n"
        "print([m for m in ('torch', 'spacy', 'openai', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home)
    assert done.stdout.splitlines()[-1] == "[]"


def test_reading_commands_in_words_and_in_json(home: Path) -> None:
    facts = as_json(kgfuse("facts", "Acme Energy AS", "--json", cwd=home))
    (office,) = [fact for fact in facts["facts"] if fact["relation"] == "chief_executive_of"]
    assert facts["names"][office["subject"]] == "Tom Poe"
    assert "Tom Poe" in kgfuse("facts", "Acme Energy AS", cwd=home).stdout
    assert "Jane Roe" in kgfuse("facts", "Acme Energy AS", "--as-of", "2020", cwd=home).stdout
    assert "Ada Loe" in kgfuse("facts", "Acme Energy AS", "--history", cwd=home).stdout
    why = as_json(kgfuse("why", office["id"], "--json", cwd=home))
    assert why["supporting"]
    assert "note-2021.txt" in kgfuse("why", office["id"][:15], cwd=home).stdout
    assert as_json(kgfuse("status", "--json", cwd=home))["ledger"]["documents"] == 4
    assert as_json(kgfuse("search", "Beta Cells", "--json", cwd=home))
    answer = as_json(kgfuse("ask", QUESTION, "--json", cwd=home))
    assert "Tom Poe" in answer["text"]
    assert answer["citations"]
    assert "facts" in as_json(kgfuse("conflicts", "--json", cwd=home))
    told = kgfuse("search", QUESTION, "-v", cwd=home).stdout
    assert re.search(r"score 0\.\d+, .*full_text \d", told)
    assert "by way of Tom Poe chief executive of Acme Energy AS" in told
    assert "note-2021.txt, characters" in told
    narrow = ("--relation", "chief_executive_of", "--status", "disputed", "--json")
    (rumour,) = as_json(kgfuse("facts", "Acme Energy AS", *narrow, cwd=home))["facts"]
    assert [one["hit"]["item"]["id"] for one in as_json(kgfuse("search", QUESTION, *narrow, cwd=home))] == [
        rumour["id"]
    ]
    assert as_json(kgfuse("ask", QUESTION, *narrow, "--min-confidence", "1", cwd=home))["abstained"]
    assert not as_json(kgfuse("facts", "Acme Energy AS", "--known-at", "2020", "--json", cwd=home))["facts"]


def test_exports(home: Path) -> None:
    lines = kgfuse("export", cwd=home).stdout.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == {"entity", "fact", "claim"}
    for format in ("graphml", "cypher", "csv"):
        assert kgfuse("export", "-f", format, "-o", f"out.{format}", cwd=home).returncode == 0
        assert (home / f"out.{format}").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("ingest", "nowhere"), 2, "no such file"),
        (("ingest", "docs", "--extractor", "llm"), 2, "KGFUSE_LLM__MODEL"),
        (("ingest", "docs", "--extractor", "magic"), 2, "extractor"),
        (("ingest", "docs", "--ontology", "none.yaml"), 2, "cannot be read"),
        (("facts", "Nobody At All"), 2, "no entity"),
        (("facts", "Acme Energy AS", "--as-of", "soon"), 2, "ISO 8601"),
        (("why", "fact:0000000000"), 2, "no fact"),
        (("forget", "nothing.txt"), 2, "no document"),
        (("export", "-f", "xml"), 2, "unknown format"),
        (("ask", "Who?", "--kb", "none.db"), 2, "no ledger"),
        (("ask", ""), 2, "the question is empty"),
        (("search", " "), 2, "the query is empty"),
        (("search", "Acme", "--status", "sure"), 2, "no status is called"),
        (("facts", "Acme Energy AS", "--min-confidence", "7"), 2, "between 0 and 1"),
        (("status", "--kb", "docs/note-2019.txt"), 1, "no ledger of kgfuse"),
    ],
)
def test_wrong_uses_say_what_to_do(home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    before = names_in(home)
    done = kgfuse(*arguments, cwd=home)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert names_in(home) == before
    told = json.loads(kgfuse(*arguments, "--json", cwd=home).stdout)
    assert words in told["message"] + told["hint"]


def test_an_empty_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = kgfuse("ingest", "empty", cwd=tmp_path)
    assert done.returncode == 0
    assert "0 files" in done.stdout


def test_some_files_failed_has_a_code_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.pdf").write_bytes(b"")
    done = kgfuse("ingest", "docs", cwd=tmp_path)
    assert done.returncode == 3
    assert "a.pdf: EmptyFile" in done.stderr


def test_dry_run_writes_nothing_and_prices_the_calls(tmp_path: Path) -> None:
    write_folder(tmp_path / "docs")
    plan = as_json(kgfuse("ingest", "docs", "--dry-run", "--json", cwd=tmp_path))
    assert (plan["files"], len(plan["to_read"]), plan["documents"], plan["requests"]) == (4, 4, 4, 0)
    llm = {"KGFUSE_LLM__MODEL": "m", "KGFUSE_LLM__BASE_URL": "http://127.0.0.1:9/v1"}
    prices = {"KGFUSE_LLM__INPUT_PRICE": "2", "KGFUSE_LLM__OUTPUT_PRICE": "8"}
    plan = as_json(kgfuse("ingest", "docs", "--dry-run", "--json", cwd=tmp_path, **llm, **prices))
    assert plan["requests"] == plan["chunks"] >= 4
    assert plan["price"] > 0
    assert "4 to read" in kgfuse("ingest", "docs", "--dry-run", cwd=tmp_path).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def documents_in(path: Path) -> int:
    """How many documents a ledger holds that another process writes."""
    try:
        connection = sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)
    except sqlite3.OperationalError:
        return 0
    try:
        return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def many_notes(folder: Path, count: int) -> Path:
    """Write `count` notes that take a while to read."""
    folder.mkdir()
    for number in range(count):
        lines = [
            "Jane Roe, who lives in Oslo, is the chief executive of Acme Energy AS, and it has 450 employees."
        ] * 25
        text = f"Note {number}\n\nDate: {1 + number} April 2019\n\n" + "\n\n".join(lines)
        (folder / f"note-{number:02}.txt").write_text(text)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The knowledge base of fourteen notes in `docs` beside it, read without a stop."""
    home = tmp_path_factory.mktemp("notes")
    many_notes(home / "docs", 14)
    assert kgfuse("ingest", "docs", "--kb", "whole.db", "-j", "2", cwd=home).returncode == 0
    return home / "whole.db"


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Let processes hear Ctrl-C, which they ignore when the tests were started in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("heeding_ctrl_c")
def test_a_stopped_ingest_goes_on_to_the_same_graph(tmp_path: Path, whole: Path, how: signal.Signals) -> None:
    cut = tmp_path / "cut.db"
    process = subprocess.Popen(
        [sys.executable, "-m", "kgfuse", "ingest", "docs", "--kb", str(cut), "-j", "2"],
        cwd=whole.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while documents_in(cut) < 3 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(how)
    _, told = process.communicate()
    assert process.returncode == (-how if how is signal.SIGKILL else 130)
    assert "Traceback" not in told
    kept = documents_in(cut)
    assert 3 <= kept < 14
    again = as_json(kgfuse("ingest", "docs", "--kb", cut, "-j", "2", "--json", cwd=whole.parent))
    assert again["read"] == 14 - kept
    exports = [kgfuse("export", "--kb", path, cwd=tmp_path).stdout for path in (whole, cut)]
    assert sorted(exports[0].splitlines()) == sorted(exports[1].splitlines())


def test_cypher_asks_the_embedded_copy(home: Path) -> None:
    query = "MATCH (p:Entity)-[r:CHIEF_EXECUTIVE_OF]->(o:Entity) WHERE o.name STARTS WITH $firm RETURN p.name AS who"
    found = as_json(kgfuse("cypher", query, "-p", "firm=Acme", "--json", cwd=home))
    assert found["engine"] == "ladybug"
    assert found["columns"] == ["who"]
    assert found["rows"]
    done = kgfuse("cypher", query, "-p", "firm=Acme", cwd=home)
    assert str(found["rows"][0][0]) in done.stdout
    wrong = kgfuse("cypher", "MATCH (n) DELETE n", cwd=home)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "only reads" in wrong.stderr


def test_one_file_and_none_are_told_in_words_and_numbers(tmp_path: Path) -> None:
    for name in ("one", "none"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "broken.pdf").write_bytes(b"%PDF-1.4\n1 0 obj")
    assert "There is no file in what was given" in kgfuse("ingest", "none", cwd=tmp_path).stdout
    done = kgfuse("ingest", "one", "--json", cwd=tmp_path)
    assert done.returncode == 3
    summary = json.loads(done.stdout)
    assert summary["read"] == 0
    assert summary["read"] is not False
    assert "1 file: 0 read, 1 unchanged, 1 could not be read" in kgfuse("ingest", "one", cwd=tmp_path).stdout


def test_topics_are_shown_kept_and_guide_the_next_ingest(home: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("annual report\n")
    found = as_json(kgfuse("topics", "--seeds", names, "--plot", tmp_path / "topics.html", "--json", cwd=home))
    assert found["survey"]["seeds"][0] == "annual report"
    assert found["survey"]["passages"] == 4
    assert "<html>" in (tmp_path / "topics.html").read_text()
    before = as_json(kgfuse("ingest", "docs", "--dry-run", "--json", cwd=home))
    assert before["to_read"] == []
    kept = as_json(kgfuse("topics", "docs", "--keep", "--json", cwd=home))
    assert kept["kept"]
    assert len(as_json(kgfuse("ingest", "docs", "--dry-run", "--json", cwd=home))["to_read"]) == 4
    assert as_json(kgfuse("topics", "--drop", "--json", cwd=home)) == {"seeds": []}
    assert as_json(kgfuse("ingest", "docs", "--dry-run", "--json", cwd=home))["to_read"] == []
    assert kgfuse("topics", "absent", cwd=home).returncode == 2
    assert kgfuse("topics", "--kb", "absent.db", cwd=home).returncode == 2
    assert not (home / "absent.db").exists()


def test_an_ontology_is_drafted_checked_and_used(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "draft.yaml"
    drafted = as_json(kgfuse("ontology", "draft", "--out", file, "--json", cwd=home))
    assert drafted["draft"]["extends"] == "builtin"
    checked = as_json(kgfuse("ontology", "check", file, "--json", cwd=home))
    assert checked["relations"] >= 100
    assert checked["coverage"]["facts"] > 0
    file.write_text("relations: {Sails To: {}}")
    done = kgfuse("ontology", "check", file, cwd=home)
    assert done.returncode == 2
    assert "Sails To" in done.stderr
    assert kgfuse("ontology", "draft", "--llm", cwd=home).returncode == 2


def test_a_graph_that_is_behind_what_was_read_says_so_and_catches_up(tmp_path: Path) -> None:
    write_folder(tmp_path / "docs")
    assert kgfuse("ingest", "docs", "-j", "1", cwd=tmp_path).returncode == 0
    with Ledger.open(tmp_path / "kgfuse.db") as ledger:  # as an ingest that was stopped after reading leaves it
        name = "made:late"
        text = "Kim Doe works for Acme Energy AS."
        document = Document("document:late", name, "text/plain", "Late", text, (), "web:late.example")
        chunk = Chunk("chunk:late", document.id, 0, len(text), text)
        who, firm = Mention("Kim Doe", 0, 7, "Person"), Mention("Acme Energy AS", 18, 32, "Organization")
        evidence = Evidence(document.id, chunk.id, 0, len(text), text)
        id = triple_id(who, "work for", firm, evidence, False, Validity(), "made")
        said = Triple(id, who, "work for", firm, evidence, 0.9, "made")
        ledger.store(FileState(name, 1, 1, "x", "made"), [DocumentRecord(document, (chunk,), Extraction((said,)))])
        assert ledger.ahead
    first = kgfuse("ask", "Who does Kim Doe work for?", cwd=tmp_path)
    assert "behind" in first.stderr
    assert "Acme Energy AS" in first.stdout
    again = kgfuse("ask", "Who does Kim Doe work for?", "--json", cwd=tmp_path)
    assert again.stderr == ""
    assert "Acme Energy AS" in as_json(again)["text"]
