"""What a server was found to take: learned from its refusals, once, and remembered."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from kgfuse.llm.failures import RequestFailed
from kgfuse.model import content_id

FORMATS = ("json_schema", "json_object", "tool", "text")
"""Ways to ask for JSON, best first: enforced by the server, promised by it, as the arguments of a tool, by prompt alone."""

LIMITS = ("max_tokens", "max_completion_tokens", "")
"""Names of the parameter that bounds a reply; the older one first, which more servers know."""

_REFUSED = (400, 404, 415, 422, 501)
_FORMAT_WORDS = ("response_format", "json_schema", "json_object", "json mode", "structured output", "response format")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for beyond a reply."""

    schema: bool = False
    several: bool = False
    logprobs: bool = False
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Abilities:
    """Indices into `FORMATS` and `LIMITS`, and which parameters may be given. The least able of two is `both`."""

    format: int = 0
    temperature: bool = True
    several: bool = True
    logprobs: bool = True
    limit: int = 0

    @classmethod
    def read(cls, text: str | None) -> Abilities | None:
        """Read what `written` wrote; `None` when it is something else."""
        try:
            return cls(**json.loads(text or ""))
        except (ValueError, TypeError):
            return None

    def written(self) -> str:
        """Return them as text, for a note."""
        return json.dumps(asdict(self), sort_keys=True)

    def both(self, other: Abilities) -> Abilities:
        """Return what is left of two."""
        return Abilities(
            max(self.format, other.format),
            self.temperature and other.temperature,
            self.several and other.several,
            self.logprobs and other.logprobs,
            max(self.limit, other.limit),
        )

    def without(self, failed: RequestFailed, asked: Asked) -> Abilities | None:
        """Return what is left after a refusal, or `None` when it was about something else."""
        if failed.status not in _REFUSED:
            return None
        said = failed.said.lower()
        for name, word in (("logprobs", "logprobs"), ("several", "n"), ("temperature", "temperature")):
            wanted = True if name == "temperature" else getattr(asked, name)
            if wanted and getattr(self, name) and _about(word, said, failed.parameter):
                return replace(self, **{name: False})
        if asked.limited and LIMITS[self.limit] and ("max_tokens" in said or "max_completion_tokens" in said):
            return replace(self, limit=self.limit + 1)
        words = ("tool", "function") if FORMATS[self.format] == "tool" else _FORMAT_WORDS
        if asked.schema and self.format + 1 < len(FORMATS) and any(word in said for word in words):
            return replace(self, format=self.format + 1)
        return None


def note_name(base_url: str, model: str) -> str:
    """Return the name of the note that holds what a server was found to take."""
    return content_id("abilities", base_url, model)


def _about(parameter: str, said: str, named: str | None) -> bool:
    """Whether a refusal is about a parameter: it names it, or says so ('n' alone is too short a word to look for)."""
    if named == parameter or f"'{parameter}'" in said or f'"{parameter}"' in said or f"`{parameter}`" in said:
        return True
    if parameter == "n":
        return any(words in said for words in ("n > 1", "n>1", "n must", "only n=1", "only one completion", "n_cmpl"))
    return parameter in said
