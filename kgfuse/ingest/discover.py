"""Which files a list of paths, folders and globs names."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kgfuse.config import IngestSettings
from kgfuse.errors import PathMissing, Unreadable
from kgfuse.protocols import Failure, Paths

_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}
_LEDGER = (".db", ".db-wal", ".db-shm")


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files found, sorted by URI, each with its ``file://`` URI; and the folders that could not be listed."""

    files: tuple[tuple[Path, str], ...]
    failures: tuple[Failure, ...] = ()


def file_uri(path: Path) -> str:
    """Return the absolute, percent-encoded ``file://`` URI of a path (links in its folder resolved)."""
    return path.absolute().as_uri()


def discover(paths: Paths, settings: IngestSettings | None = None) -> Discovery:
    """Find the files that `paths` name: files, folders (recursively) and globs such as ``docs/**/*.pdf``.

    Within folders hidden files, office locks, litter and ledgers are left out, and links that leave the folder are not
    followed. A file reached twice counts once. Raises PathMissing when a path names nothing.
    """
    found: dict[str, tuple[Path, str]] = {}
    failures: list[Failure] = []
    for path in paths:
        for file in _expand(path, failures):
            real = os.path.realpath(file)
            found.setdefault(real, (Path(real), file_uri(Path(real))))
    return Discovery(tuple(sorted(found.values(), key=lambda item: item[1])), tuple(failures))


def require(paths: Paths) -> None:
    """Raise PathMissing when one of `paths` names nothing; nothing is listed for it but what a glob needs."""
    for path in paths:
        place = str(Path(path).expanduser())
        if not os.path.lexists(place) and not (glob.has_magic(place) and any(glob.iglob(place, recursive=True))):  # noqa: PTH207
            raise PathMissing(f"no such file or folder: {path}")


def _expand(path: Path | str, failures: list[Failure]) -> Iterator[Path]:
    place = Path(path).expanduser()
    if os.path.lexists(place):
        yield from _walk(place, failures) if place.is_dir() else (place,)
        return
    text = str(place)
    matches = sorted(glob.iglob(text, recursive=True)) if glob.has_magic(text) else []  # noqa: PTH207 - absolute globs
    if not matches:
        raise PathMissing(f"no such file or folder: {path}")
    for match in matches:
        if not skipped(Path(match).name):
            yield from _walk(Path(match), failures) if Path(match).is_dir() and "**" not in text else _file(Path(match))


def _worth(folder: str, entries: list[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Leave out hidden files and litter; of a Maildir what is half written, but not its hidden subfolders."""
    names = {entry.name for entry in entries}
    maildir = {"cur", "new", "tmp"} <= names
    return [
        entry
        for entry in entries
        if not (maildir and entry.name == "tmp")
        and (not skipped(entry.name) or (maildir and entry.name.startswith(".") and _is_maildir(folder, entry.name)))
    ]


def _is_maildir(folder: str, name: str) -> bool:
    return all(Path(folder, name, part).is_dir() for part in ("cur", "new"))


def _file(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path


def skipped(name: str) -> bool:
    """Whether a file or folder of this name is hidden, litter of a program, or a ledger."""
    lower = name.lower()
    return lower.startswith((".", "~$")) or lower in _LITTER or lower.endswith(_LEDGER)


def _walk(root: Path, failures: list[Failure]) -> Iterator[Path]:
    home = os.path.realpath(root)
    pending, seen = [home], {home}
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as listing:
                entries = _worth(folder, list(listing))
        except OSError as error:
            failures.append(Failure(file_uri(Path(folder)), Unreadable(f"cannot list {folder}: {error.strerror}")))
            continue
        for entry in entries:
            target = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
            if entry.is_symlink() and not target.startswith(home.rstrip(os.sep) + os.sep):
                continue
            try:
                if entry.is_dir():
                    if target not in seen:
                        seen.add(target)
                        pending.append(target)
                elif entry.is_file():
                    yield Path(target)
            except OSError as error:
                failures.append(
                    Failure(file_uri(Path(entry.path)), Unreadable(f"cannot read {entry.path}: {error.strerror}"))
                )
