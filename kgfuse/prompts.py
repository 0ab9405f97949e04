"""The prompts: files in `prompts/`, read by name, filled in literally.

A prompt file is YAML front matter (`name`, `version`, `inputs`, `description`) between two lines of ``---``, then the text
with its inputs as ``{{input}}``. One input is not given but made: ``{{boundary}}``, a hash of all the others, marks where
documents' text begins and ends. No text can hold the hash of itself, so no document can forge the mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kgfuse.model import content_id

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_FILE = re.compile(r"---\n(?P<front>.*?)\n---\n(?P<text>.*)", re.DOTALL)
BOUNDARY = "boundary"


class PromptError(ValueError):
    """A prompt file is malformed, or its inputs are not those that it names: a mistake in a program."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with slots. `version` is raised with every change of the text that could change a reply."""

    name: str
    version: int
    inputs: tuple[str, ...]
    text: str
    description: str = ""

    def render(self, **values: str) -> str:
        """Return the text with its slots filled; values are inserted as they are, slots inside them stay text.

        Raises PromptError when a value is missing or too many.
        """
        if set(values) != set(self.inputs):
            missing = sorted(set(self.inputs) - set(values))
            unknown = sorted(set(values) - set(self.inputs))
            raise PromptError(f"prompt {self.name}: missing inputs {missing}, unknown inputs {unknown}")
        filled: Mapping[str, str] = {**values, BOUNDARY: _boundary(values)}
        return _SLOT.sub(lambda slot: filled[slot[1]], self.text)


def _boundary(values: Mapping[str, str]) -> str:
    parts = [part for name in sorted(values) for part in (name, values[name])]
    for salt in range(8):
        boundary = content_id("boundary", salt, *parts).partition(":")[2]
        if not any(boundary in value for value in values.values()):
            return boundary
    raise PromptError("a text holds its own hash eight times over")


class _FrontMatter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    version: int = Field(ge=1)
    description: str
    inputs: list[str] = []


def parse_prompt(source: str, origin: str) -> Prompt:
    """Read a prompt file. Raises PromptError."""
    match = _FILE.fullmatch(source.replace("\r\n", "\n"))
    if match is None:
        raise PromptError(f"{origin}: no front matter between two lines of ---")
    try:
        front = _FrontMatter.model_validate(yaml.safe_load(match["front"]))
    except (yaml.YAMLError, ValidationError) as error:
        raise PromptError(f"{origin}: {error}") from error
    text = match["text"].strip()
    slots = set(_SLOT.findall(text)) - {BOUNDARY}
    if slots != set(front.inputs) or BOUNDARY in front.inputs:
        raise PromptError(f"{origin}: it names the inputs {sorted(front.inputs)}, its text uses {sorted(slots)}")
    return Prompt(front.name, front.version, tuple(front.inputs), text, front.description)


def _folder() -> Traversable:
    """The folder of the prompts: inside the installed package, else beside it in a checkout."""
    inside = files("kgfuse") / "prompts"
    return inside if inside.is_dir() else Path(__file__).resolve().parent.parent / "prompts"


def prompt_names() -> tuple[str, ...]:
    """Return the names of all prompts, sorted."""
    return tuple(sorted(file.name.removesuffix(".md") for file in _folder().iterdir() if file.name.endswith(".md")))


@cache
def load_prompt(name: str) -> Prompt:
    """Return the prompt called `name`. Raises PromptError."""
    file = _folder() / f"{name}.md"
    if not re.fullmatch(r"\w+", name) or not file.is_file():
        raise PromptError(f"no prompt is called {name!r}")
    prompt = parse_prompt(file.read_text("utf-8"), f"{name}.md")
    if prompt.name != name:
        raise PromptError(f"{name}.md: its front matter calls it {prompt.name!r}")
    return prompt
