"""The password from the system's keyring: a backend of our own stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from kgfuse.graph.neo4j.connection import open_driver, password
from tests.graph.neo4j.pushing import target
from tests.support.neo4j_server import Neo4jAccess


class _Ring(KeyringBackend):
    """A keyring that knows one password, or none because it is locked."""

    priority = 1

    def __init__(self, secret: str, locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.secret = secret
        self.locked = locked
        self.asked: list[tuple[str, str]] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.append((service, username))
        if self.locked:
            raise KeyringLocked("nobody opened it")
        return self.secret if (service, username) == ("kgfuse", "neo4j") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("nothing is ever written into a keyring")

    def delete_password(self, service: str, username: str) -> None:
        raise AssertionError("nothing is ever removed from a keyring")


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[_Ring], None]]:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_the_password_may_stand_in_the_keyring(neo4j: Neo4jAccess, ring: Callable[[_Ring], None]) -> None:
    settings = target(neo4j, "x").model_copy(update={"password": None})
    known = _Ring(neo4j.password)
    ring(known)
    open_driver(settings).close()
    assert known.asked == [("kgfuse", "neo4j")]
    assert password(settings.model_copy(update={"user": "somebody"})) is None
    ring(_Ring("", locked=True))
    assert password(settings) is None
