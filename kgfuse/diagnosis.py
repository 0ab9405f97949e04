"""What kgfuse finds on a machine. Nothing is written and nothing is downloaded; Neo4j and an LLM server are only greeted."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from kgfuse.config import Settings
from kgfuse.errors import ModelError
from kgfuse.extract.spacy_model import BUNDLED, bundled_folder

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """Something that kgfuse can use. `state`: yes, no or broken; `needed`: nothing works without it."""

    name: str
    state: str
    purpose: str
    detail: str
    needed: bool = False


def examine(settings: Settings) -> list[Part]:
    """Look for every part that kgfuse can use."""
    return [
        _spacy(settings),
        _embedder(settings),
        _program("Tesseract", "tesseract", "--version", "pages of PDFs without a text layer", tesseract_hint(settings)),
        _program("Java", "java", "-version", "a Neo4j started by `make neo4j`", ""),
        _language_model(settings),
        _neo4j(settings),
    ]


def _spacy(settings: Settings) -> Part:
    name = settings.extract.spacy_model
    try:
        there = bundled_folder().is_dir() if name == BUNDLED else find_spec(name) is not None or Path(name).is_dir()
    except (ModelError, ValueError, ImportError):
        there = False
    detail = name if there else f"{name} is not installed: reinstall kgfuse"
    return Part("spaCy model", "yes" if there else "no", "extraction without an LLM", detail, needed=True)


def _embedder(settings: Settings) -> Part:
    name = settings.embedding.model
    try:
        there, detail = True, f"{name} {version(name)}"
    except PackageNotFoundError:
        there, detail = Path(name).is_dir(), name
    state = "yes" if there else "no"
    return Part("embedding model", state, "search by meaning", detail if there else f"{name}: fetched at its first use")


def tesseract_hint(settings: Settings) -> str:
    """Return the languages that are asked for but not installed, in words; empty when all are there."""
    program = shutil.which("tesseract")
    if program is None:
        return "install the package tesseract-ocr"
    listed = _output([program, "--list-langs"]).split()
    lacking = [name for name in settings.ingest.ocr_languages.split("+") if name not in listed]
    return f"languages not installed: {', '.join(lacking)}" if lacking else ""


def _program(name: str, command: str, option: str, purpose: str, hint: str) -> Part:
    place = shutil.which(command)
    if place is None:
        return Part(name, "no", purpose, hint or f"{command} is not on the path")
    first = next(iter(_output([place, option]).splitlines()), "")
    return Part(name, "broken" if hint or not first else "yes", purpose, hint or first)


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout or done.stderr


def _language_model(settings: Settings) -> Part:
    llm = settings.llm
    if llm.model is None:
        return Part("LLM", "no", "extraction and answers by an LLM", "llm.model is not set; spaCy is used")
    if llm.base_url is None:
        keyed = llm.api_key is not None
        return Part(
            "LLM",
            "yes" if keyed else "broken",
            "extraction and answers",
            f"{llm.model}{'' if keyed else ', but no key'}",
        )
    return Part(
        "LLM", _greeted(llm.base_url, 443), "extraction and answers by an LLM", f"{llm.model} at {_place(llm.base_url)}"
    )


def _neo4j(settings: Settings) -> Part:
    uri = settings.neo4j.uri
    if uri is None:
        return Part("Neo4j", "no", "the graph in a database", "neo4j.uri is not set; the embedded graph is used")
    return Part("Neo4j", _greeted(str(uri), 7687), "the graph in a database", _place(str(uri)))


def _greeted(uri: str, port: int) -> str:
    """Return whether somebody listens at an address."""
    parts = urlsplit(uri)
    try:
        chosen = parts.port or (80 if parts.scheme == "http" else port)
        with socket.create_connection((parts.hostname or "localhost", chosen), timeout=_SECONDS):
            return "yes"
    except (OSError, ValueError):
        return "broken"


def _place(uri: str) -> str:
    """Return an address without the user and the password in it."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
