"""From a path to documents, and from a document to chunks.

discover(paths) -> files;  read_file(path, uri) -> Reading;  chunk(document) -> chunks, measured by token_counter(model)
"""

from kgfuse.ingest.chunking import chunk
from kgfuse.ingest.discover import Discovery, discover, file_uri
from kgfuse.ingest.read import read_bytes, read_file, read_raw, too_greedy
from kgfuse.ingest.tokens import TokenCounter, token_counter

__all__ = [
    "Discovery",
    "TokenCounter",
    "chunk",
    "discover",
    "file_uri",
    "read_bytes",
    "read_file",
    "read_raw",
    "token_counter",
    "too_greedy",
]
