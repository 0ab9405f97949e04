"""Where the fused graph lives and is searched: in the ledger's own file; and how it is exported."""

from kgfuse.graph.embedded import EmbeddedGraphStore

__all__ = ["EmbeddedGraphStore"]
