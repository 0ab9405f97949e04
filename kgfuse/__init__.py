"""kgfuse: folders of documents become a temporal knowledge graph that can be trusted.

    from kgfuse import KnowledgeBase

    with KnowledgeBase.open("kgfuse.db") as kb:
        kb.ingest(["./docs"])
        print(kb.ask("Who ran Acme in June 2021?").text)

The values that methods return are described in `kgfuse.model`, what they raise in `kgfuse.errors`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgfuse.config import Settings, load_settings
    from kgfuse.errors import KgfuseError
    from kgfuse.knowledge_base import KnowledgeBase
    from kgfuse.knowledge_view import KnowledgeView
    from kgfuse.model import Answer, Citation, Entity, Fact, FactStatus, Hit, Literal, Moment, Validity
    from kgfuse.protocols import FactFilter

__all__ = [
    "Answer",
    "Citation",
    "Entity",
    "Fact",
    "FactFilter",
    "FactStatus",
    "Hit",
    "KgfuseError",
    "KnowledgeBase",
    "KnowledgeView",
    "Literal",
    "Moment",
    "Settings",
    "Validity",
    "load_settings",
]

_HOME = {
    "Settings": "config",
    "load_settings": "config",
    "KgfuseError": "errors",
    "KnowledgeBase": "knowledge_base",
    "KnowledgeView": "knowledge_view",
    "FactFilter": "protocols",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import kgfuse` and `kgfuse --help` are instant."""
    if name not in __all__:
        raise AttributeError(f"module 'kgfuse' has no attribute {name!r}")
    return getattr(import_module(f"kgfuse.{_HOME.get(name, 'model')}"), name)
