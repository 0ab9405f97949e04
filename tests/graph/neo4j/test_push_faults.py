"""What can go wrong with a server: each fault says what to do next, and the next push ends in parity."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import neo4j as driver_package
import pytest
from neo4j.exceptions import Neo4jError
from pydantic import SecretStr

from kgfuse.config import Neo4jSettings
from kgfuse.errors import (
    ConfigurationError,
    CredentialsRejected,
    DatabaseReadOnly,
    DatabaseTooOld,
    DatabaseUnknown,
    DatabaseUnreachable,
    GraphStoreError,
    QueryFailed,
    SchemaConflict,
    TransactionMemoryFull,
)
from kgfuse.graph.neo4j import connection
from kgfuse.graph.neo4j.connection import graph_errors, open_driver, password
from kgfuse.graph.neo4j.push import push
from kgfuse.graph.neo4j.writing import Writer
from kgfuse.model import Entity
from tests.graph.neo4j.graphs import WHOLE, fill
from tests.graph.neo4j.proxy import CuttingProxy
from tests.graph.neo4j.pushing import Made, assert_parity, made, rows, target
from tests.support.made import entity, fact, graph
from tests.support.neo4j_server import Neo4jAccess, Neo4jServer, free_port


@pytest.fixture
def base(tmp_path: Path, neo4j_empty: Neo4jAccess) -> Iterator[Made]:
    with made(tmp_path / "acme.db", neo4j_empty) as base:
        fill(base.ledger)
        base.write(WHOLE)
        yield base


def refused(base: Made, kind: type[GraphStoreError], **settings: object) -> GraphStoreError:
    """Push with other settings; return the error, which says what to do and not the password."""
    whole = base.settings
    base.settings = whole.model_copy(update=settings)
    try:
        with pytest.raises(kind) as told:
            base.push()
    finally:
        base.settings = whole
    assert told.type is kind
    assert told.value.hint
    secret = whole.password.get_secret_value() if whole.password else ""
    assert secret not in f"{told.value} {told.value.hint} {told.value!r} {whole!r}"
    return told.value


def test_a_server_that_is_not_there(base: Made) -> None:
    error = refused(base, DatabaseUnreachable, uri=f"bolt://127.0.0.1:{free_port()}")
    assert error.transient


def test_a_host_that_has_no_address(base: Made) -> None:
    refused(base, DatabaseUnreachable, uri="bolt://nowhere.invalid:7687", timeout_seconds=2.0)


def test_a_port_that_speaks_something_else(base: Made, neo4j: Neo4jAccess) -> None:
    if neo4j.http:
        refused(base, DatabaseUnreachable, uri=neo4j.http.replace("http", "bolt"), timeout_seconds=3.0)


def test_a_wrong_password_and_no_password(base: Made, neo4j: Neo4jAccess) -> None:
    error = refused(base, CredentialsRejected, password=SecretStr("wrong"))
    assert "wrong" not in str(error)
    refused(base, CredentialsRejected, user="nobody")
    refused(base, CredentialsRejected, password=None)
    base.push()
    assert_parity(base, neo4j)


def test_a_database_that_is_not_there(base: Made) -> None:
    assert "elsewhere" in str(refused(base, DatabaseUnknown, database="elsewhere"))


@pytest.mark.parametrize(
    "uri", ["localhost:7687", "http://localhost:7687", "bolt://me:secret@localhost:7687", "bolt://"]
)
def test_an_address_that_is_none(uri: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        open_driver(Neo4jSettings(uri=uri, password=SecretStr("p")))
    assert "secret" not in f"{told.value} {told.value.hint}"


def test_no_address_at_all() -> None:
    with pytest.raises(ConfigurationError, match="no Neo4j"):
        open_driver(Neo4jSettings())


def test_the_password_may_stand_in_a_file(tmp_path: Path, neo4j: Neo4jAccess) -> None:
    file = tmp_path / "password"
    file.write_text(f"{neo4j.password}\n", "utf-8")
    settings = target(neo4j, "x").model_copy(update={"password": None, "password_file": file})
    open_driver(settings).close()
    with pytest.raises(ConfigurationError, match="absent"):
        password(settings.model_copy(update={"password_file": tmp_path / "absent"}))


@pytest.mark.parametrize(("agent", "old"), [("Neo4j/4.4.30", True), ("Neo4j/5.22.0", True), ("Neo4j/5.23.0", False)])
def test_a_server_without_vector_indexes(agent: str, old: bool) -> None:
    driver = cast(driver_package.Driver, SimpleNamespace(get_server_info=lambda: SimpleNamespace(agent=agent)))
    if not old:
        connection._check_server(driver)
        return
    with pytest.raises(DatabaseTooOld, match="vector"):
        connection._check_server(driver)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Neo.ClientError.Security.Unauthorized", CredentialsRejected),
        ("Neo.ClientError.Security.AuthenticationRateLimit", CredentialsRejected),
        ("Neo.ClientError.Security.Forbidden", DatabaseReadOnly),
        ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", DatabaseReadOnly),
        ("Neo.ClientError.Statement.AccessMode", DatabaseReadOnly),
        ("Neo.ClientError.Database.DatabaseNotFound", DatabaseUnknown),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", TransactionMemoryFull),
        ("Neo.TransientError.Database.DatabaseUnavailable", DatabaseUnreachable),
        ("Neo.ClientError.Schema.ConstraintValidationFailed", SchemaConflict),
        ("Neo.ClientError.Statement.SyntaxError", QueryFailed),
        ("Neo.DatabaseError.General.UnknownError", QueryFailed),
    ],
)
def test_every_complaint_of_a_server_becomes_an_error_of_ours(code: str, kind: type[GraphStoreError]) -> None:
    with pytest.raises(kind) as told, graph_errors(Neo4jSettings(uri="bolt://x", password=SecretStr("hidden"))):
        raise Neo4jError._hydrate_neo4j(code=code, message="it is so")
    assert told.type is kind
    assert "it is so" in str(told.value)


# ------------------------------------------------------------------------------------------------------ foreign schema


@pytest.mark.parametrize(
    ("foreign", "complaint"),
    [
        ("CREATE INDEX kgfuse_entity_id FOR (n:Thing) ON (n.x)", "kgfuse_entity_id"),
        ("CREATE INDEX kgfuse_claim_id FOR (n:Claim) ON (n.kb, n.id)", "kgfuse_claim_id"),
        ("CREATE INDEX theirs FOR (n:Fact) ON (n.kb, n.id)", "theirs|index"),
        ("CREATE FULLTEXT INDEX theirs FOR (n:Fact) ON EACH [n.name]", "kgfuse_fact_text"),
        ("CREATE CONSTRAINT theirs FOR (n:Entity) REQUIRE n.mention_count IS UNIQUE", "mention_count"),
        ("CREATE (:Entity {kb: 'z', id: 'twice'}), (:Entity {kb: 'z', id: 'twice'})", "kgfuse_entity_id|twice"),
        ("CREATE CONSTRAINT theirs FOR ()-[r:WORKS_FOR]-() REQUIRE r.name IS UNIQUE", None),
        ("CREATE CONSTRAINT theirs FOR (n:Entity) REQUIRE (n.kb, n.id) IS UNIQUE", None),
    ],
)
def test_a_schema_of_somebody_else(base: Made, neo4j: Neo4jAccess, foreign: str, complaint: str | None) -> None:
    rows(neo4j, foreign)
    if complaint is not None:
        error = refused(base, SchemaConflict)
        assert any(word in str(error) for word in complaint.split("|")), str(error)
        rows(neo4j, "DROP CONSTRAINT theirs IF EXISTS")
        rows(neo4j, "DROP INDEX theirs IF EXISTS")
        for name in ("kgfuse_entity_id", "kgfuse_claim_id"):
            if name in foreign:
                rows(neo4j, f"DROP INDEX {name} IF EXISTS")
        rows(neo4j, "MATCH (n {id: 'twice'}) DELETE n")
    base.push()
    assert_parity(base, neo4j)


# --------------------------------------------------------------------------------------------------------- connections


def test_a_connection_cut_again_and_again(base: Made, neo4j: Neo4jAccess) -> None:
    """Cut after ever more bytes, until a push comes through; what each one did is kept."""
    whole = base.settings
    with CuttingProxy(neo4j.uri) as proxy:
        base.settings = whole.model_copy(update={"uri": proxy.uri, "kb": "probe", "retry_seconds": 0.0})
        base.push()
        needed = proxy.passed
    cuts = 0
    for budget in range(500, 2 * needed, needed // 8):
        with CuttingProxy(neo4j.uri, budget) as proxy:
            base.settings = whole.model_copy(update={"uri": proxy.uri, "retry_seconds": 0.0})
            try:
                base.push()
                break
            except DatabaseUnreachable:
                cuts += 1
    assert cuts > 3
    base.settings = whole
    base.push()
    assert_parity(base, neo4j)


def test_a_transaction_too_large_for_the_server_is_cut_in_half(
    base: Made, neo4j: Neo4jAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    whole = driver_package.ManagedTransaction.run

    def run(self: driver_package.ManagedTransaction, query: str, *given: object, **parameters: object) -> object:
        listed = cast("list[object]", parameters.get("rows", []))
        if len(listed) > 3:
            raise Neo4jError._hydrate_neo4j(
                code="Neo.TransientError.General.MemoryPoolOutOfMemoryError", message="the pool is full"
            )
        sizes.append(len(listed))
        return whole(self, query, *given, **parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(driver_package.ManagedTransaction, "run", run)
    base.push()
    monkeypatch.undo()
    assert max(sizes) <= 3
    assert_parity(base, neo4j)


@pytest.mark.usefixtures("neo4j_java")
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_read_only_database_and_a_full_transaction_memory(tmp_path: Path) -> None:
    with Neo4jServer() as server, made(tmp_path / "kb.db", server.access) as base:
        fill(base.ledger)
        base.write(WHOLE)
        server.restart(settings={"server.databases.read_only": "neo4j"})
        refused(base, DatabaseReadOnly)
        server.restart(settings={})
        base.push()
        assert_parity(base, server.access)
        many = [entity(f"Entity {number} {'x' * 3000}") for number in range(3000)]
        server.restart(settings={"db.memory.transaction.max": "2m"})
        base.write(graph([*WHOLE.entities, *many], []))
        base.settings = base.settings.model_copy(update={"batch_bytes": 50_000_000})
        base.push()  # cut into halves until they fit
        assert_parity(base, server.access)


@pytest.mark.usefixtures("neo4j_java")
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_server_killed_at_random_points_and_restarted(tmp_path: Path) -> None:
    """Twenty times: kill -9 in the middle of a push, restart, push again, parity."""
    chance = random.Random(20261124)
    entities = [entity(f"Entity {number}", "Company" if number % 2 else "Person") for number in range(1500)]

    def links(step: int) -> list[Entity]:
        return [entities[(number * step) % len(entities)] for number in range(len(entities))]

    with Neo4jServer() as server, made(tmp_path / "kb.db", server.access, batch_bytes=100_000) as base:
        base.settings = base.settings.model_copy(update={"retry_seconds": 0.0, "timeout_seconds": 3.0})
        base.write(graph(entities, []))
        started = time.perf_counter()
        base.push()
        usual = time.perf_counter() - started
        killed = 0
        for number in range(20):
            step = number + 2
            facts = [fact(one, "works_for", other) for one, other in zip(entities, links(step), strict=True)]
            base.write(graph(entities, facts))
            failed = _during(base.push, server.kill, chance.uniform(0.0, usual))
            killed += failed is not None
            assert failed is None or isinstance(failed, GraphStoreError), failed
            server.kill()
            server.start()
            base.push()
            assert_parity(base, server.access)
        assert killed >= 5, "the kills came too late to be a test"


def _during(work: Callable[[], object], fault: Callable[[], None], delay: float) -> BaseException | None:
    """Do `work` in a thread and `fault` after `delay` seconds; return what the work failed with."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - looked at by the caller
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(delay)
    fault()
    thread.join()
    return failed[0] if failed else None


def test_an_error_in_a_thread_ends_the_push_once(base: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "_transact", lambda *_: (_ for _ in ()).throw(QueryFailed("no")))
    with pytest.raises(QueryFailed, match="no"):
        push(base.path, base.ontology, base.settings)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kgfuse")]
