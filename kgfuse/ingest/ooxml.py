"""Opening the parts of an office file safely: bounded sizes, no external entities, ISO strict names made transitional."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from kgfuse.errors import Damaged, Encrypted, TooLarge
from kgfuse.ingest.dates import read_moment
from kgfuse.ingest.layout import fold
from kgfuse.ingest.metadata import person
from kgfuse.model import Moment

MAX_PART_BYTES = 300_000_000
_STRICT = re.compile(rb"""(=\s*["'])http://purl\.oclc\.org/ooxml/([A-Za-z]+)/""")
_TRANSITIONAL = rb"\1http://schemas.openxmlformats.org/\2/2006/"
_BROKEN = (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)
_TEMPLATE_DATE = "2013-12-23T23:15:00Z"  # what python-docx's template carries, and so every file made with it
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"


@dataclass(frozen=True, slots=True)
class CoreProperties:
    """What docProps/core.xml says. `dated` is when the content was last saved, else when it was created."""

    title: str | None = None
    author: str | None = None
    dated: Moment | None = None


class Package:
    """The parts of an office file by name."""

    def __init__(self, content: bytes) -> None:
        """Open it. Raises Damaged."""
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise Damaged(f"a malformed zip container: {error}") from error
        self.names = frozenset(self._archive.namelist())

    def read(self, name: str) -> bytes:
        """Return the bytes of a part. Raises Damaged, Encrypted or TooLarge, whatever the directory claims."""
        try:
            with self._archive.open(name) as stream:
                data = stream.read(MAX_PART_BYTES + 1)
        except RuntimeError as error:
            raise Encrypted("the zip container needs a password") from error
        except _BROKEN as error:
            raise Damaged(f"the part {name} cannot be unpacked: {error}") from error
        if len(data) > MAX_PART_BYTES:
            raise TooLarge(f"the part {name} unpacks to more than {MAX_PART_BYTES} bytes")
        return data

    def tree(self, name: str) -> etree._Element | None:
        """Return the parsed XML of a part, or `None` when there is no such part. Raises as `read`."""
        if name not in self.names:
            return None
        data = _STRICT.sub(_TRANSITIONAL, self.read(name))
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Damaged(f"the part {name} is no XML: {str(error)[:120]}") from error
        if b"<!DOCTYPE" in data[:2000]:
            raise Damaged(f"the part {name} declares a document type, which no office program writes")
        return root

    def related(self, name: str) -> dict[str, str]:
        """Return the names of the parts that a part refers to, by the ids that it uses."""
        folder, _, base = name.rpartition("/")
        try:
            root = self.tree(f"{folder}/_rels/{base}.rels")
        except Damaged:
            return {}
        targets = {}
        for item in root if root is not None else ():
            target = item.get("Target") or ""
            place = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            targets[item.get("Id") or ""] = place
        return targets

    def refuse_document_types(self) -> None:
        """Raise Damaged when a part declares a document type: for a reader that opens the parts with a parser of its own."""
        for name in sorted(self.names):
            if not name.endswith((".xml", ".rels")):
                continue
            try:
                with self._archive.open(name) as stream:
                    head = stream.read(2000)
            except (RuntimeError, *_BROKEN):
                continue  # told by whoever needs the part
            if b"<!DOCTYPE" in head or b"<\0!\0D\0O\0C\0T\0Y\0P\0E" in head:
                raise Damaged(f"the part {name} declares a document type, which no office program writes")

    def transitional(self) -> bytes | None:
        """Return the file with transitional names where it has strict ones, for a reader that knows only these, else `None`.

        Raises Damaged, Encrypted or TooLarge.
        """
        if "xl/workbook.xml" not in self.names or not _STRICT.search(self.read("xl/workbook.xml")):
            return None
        rewritten = io.BytesIO()
        with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name in sorted(self.names):
                if name.endswith((".xml", ".rels")):
                    archive.writestr(name, _STRICT.sub(_TRANSITIONAL, self.read(name)))
        return rewritten.getvalue()

    def properties(self) -> CoreProperties:
        """Return the title, the author and the date of the file."""
        try:
            root = self.tree("docProps/core.xml")
        except Damaged:
            root = None
        if root is None:
            return CoreProperties()
        dates = (root.findtext(f"{_TERMS}{name}") for name in ("modified", "created"))
        dated = next(
            (moment for text in dates if text and text.strip() != _TEMPLATE_DATE and (moment := read_moment(text))),
            None,
        )
        title = fold(root.findtext(f"{_DC}title") or "") or None
        return CoreProperties(title, person(root.findtext(f"{_DC}creator")), dated)


def texts(element: etree._Element, tag: str) -> Iterator[str]:
    """Yield the texts of all descendants with this tag."""
    for child in element.iter(tag):
        if child.text:
            yield child.text
