"""What `kgfuse doctor` finds."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from kgfuse.config import IngestSettings, LanguageModelSettings, Neo4jSettings, Settings
from kgfuse.diagnosis import examine


def _program(folder: Path, name: str, output: str) -> None:
    place = folder / name
    place.write_text(f"#!/bin/sh\n{output}\n", "utf-8")
    place.chmod(0o755)


def test_what_is_installed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(
        tmp_path, "tesseract", 'if [ "$1" = --list-langs ]; then echo "List:"; echo eng; else echo "tesseract 5.3"; fi'
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    found = {part.name: part for part in examine(Settings())}
    assert (found["spaCy model"].state, found["embedding model"].state) == ("yes", "yes")
    assert (found["Tesseract"].state, found["Tesseract"].detail) == ("yes", "tesseract 5.3")
    assert found["Java"].state == "no"
    german = {part.name: part for part in examine(Settings(ingest=IngestSettings(ocr_languages="eng+deu")))}
    assert (german["Tesseract"].state, german["Tesseract"].detail) == ("broken", "languages not installed: deu")


def test_servers_are_greeted_and_secrets_not_shown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        llm = LanguageModelSettings(model="m", base_url=f"http://u:secret@127.0.0.1:{port}/v1")
        found = {part.name: part for part in examine(Settings(llm=llm, neo4j=Neo4jSettings(uri="bolt://127.0.0.1:1")))}
    assert (found["LLM"].state, found["LLM"].detail) == ("yes", f"m at http://127.0.0.1:{port}/v1")
    assert found["Neo4j"].state == "broken"
