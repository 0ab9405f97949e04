"""What every test shares: the network is off, save for loopback servers that tests start themselves."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("kgfuse", deadline=None)  # a busy machine is no failure
settings.load_profile("kgfuse")

pytest_plugins = ["tests.support.neo4j_fixture"]

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address}; only loopback is allowed")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _clean_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the developer's own settings out of the environment."""
    for name in list(os.environ):
        if (name.startswith("KGFUSE_") and not name.startswith(("KGFUSE_TEST_", "KGFUSE_BENCH_"))) or name.startswith(
            "OPENAI_"
        ):
            monkeypatch.delenv(name)
