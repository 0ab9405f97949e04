"""Neo4j's jars, resolved once by Maven from tests/neo4j/pom.xml into a folder that git ignores.

The folder is ``.neo4j/lib`` in the checkout, or the one that ``KGFUSE_NEO4J_LIB`` names.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
POM = ROOT / "tests" / "neo4j" / "pom.xml"
PROVIDE = "make neo4j-jars (with Java 17 or 21 and Maven: apt-get install openjdk-17-jre-headless maven)"
"""The command that provides what `jars` needs, for people."""

_COMPLETE = ".complete"
_MAVEN_SECONDS = 900


class Neo4jMissing(RuntimeError):
    """There is no Neo4j to start; `str(error)` says what would provide it."""


def folder() -> Path:
    """Return where the jars are kept."""
    named = os.environ.get("KGFUSE_NEO4J_LIB")
    return Path(named).expanduser() if named else ROOT / ".neo4j" / "lib"


def resolved() -> bool:
    """Whether the jars of today's pom are all there."""
    marker = folder() / _COMPLETE
    return marker.is_file() and marker.read_text("utf-8") == _wanted()


def java() -> str | None:
    """Return the Java to run, that of ``JAVA_HOME`` first."""
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=str(Path(home, "bin"))) if home else None) or shutil.which("java")


def jars() -> Path:
    """Return the folder of jars, resolving them first when they are missing or of another pom.

    Complete or not there at all: they are copied beside it and moved into place. Raises Neo4jMissing.
    """
    if java() is None:
        raise Neo4jMissing(f"there is no java; {PROVIDE}")
    if not resolved():
        _resolve(folder())
    return folder()


def _resolve(target: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Neo4jMissing(f"Neo4j's jars are not in {target}, and there is no mvn to resolve them; {PROVIDE}")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}-", dir=target.parent))
    try:
        command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={fresh}", "-DincludeScope=runtime"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MAVEN_SECONDS,
            check=False,
        )
        if done.returncode:
            raise Neo4jMissing(f"Maven could not resolve Neo4j's jars:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        (fresh / _COMPLETE).write_text(_wanted(), "utf-8")
        fresh.chmod(0o755)
        _put(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put(fresh: Path, target: Path) -> None:
    """Move `fresh` to `target`; another process that was first has put the same there."""
    if target.exists() and not resolved():
        old = Path(tempfile.mkdtemp(prefix=f"{target.name}-old-", dir=target.parent))
        target.rename(old / target.name)
        shutil.rmtree(old)
    try:
        fresh.rename(target)
    except OSError:
        if not resolved():
            raise


def _wanted() -> str:
    return hashlib.sha256(POM.read_bytes()).hexdigest()
