"""From a path to documents, and from a document to chunks.

discover(paths) -> files;  read_file(path, uri) -> Reading;  chunk(document) -> chunks
"""

from kgfuse.ingest.chunking import chunk
from kgfuse.ingest.discover import Discovery, discover, file_uri
from kgfuse.ingest.read import read_bytes, read_file, read_raw, too_greedy

__all__ = ["Discovery", "chunk", "discover", "file_uri", "read_bytes", "read_file", "read_raw", "too_greedy"]
