"""How people ask, where the ontology's own phrases do not say it: any ontology that knows the right side profits."""

from __future__ import annotations

LEADERSHIP = (
    "chief executive of", "head of", "director of", "president of", "prime minister of", "mayor of", "governor of",
    "chair of",
)  # fmt: skip
"""Offices that 'who runs X' can mean, the likeliest first; which of them X has, the graph knows."""

EVERYDAY: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((phrase, LEADERSHIP) for phrase in (
        "run", "head", "lead", "leader", "leadership", "manage", "direct", "in charge of", "at the helm of", "boss",
        "responsible for", "govern",
    )),
    ("employer", ("work for",)),
    ("work", ("work for",)),
    ("many people work", ("number of employees",)),
    ("many people live", ("population",)),
    ("worker", ("number of employees",)),
    ("workforce", ("number of employees",)),
    *((phrase, ("chair of",)) for phrase in ("chair board of directors", "chairman of board of directors")),
    ("old", ("age",)),
    ("buyer", ("acquire",)),
    ("other name", ("also known as",)),
    ("abbreviation", ("also known as",)),
    ("create", ("found", "founded on")),
    ("creator", ("found",)),
    ("earn", ("revenue",)),
    ("big", ("area", "population", "number of employees")),
    ("inhabitant", ("population",)),
    ("author", ("write",)),
    ("maker", ("produce",)),
    ("subsidiary", ("subsidiary of",)),
    ("owner", ("own",)),
    ("founder", ("found",)),
    ("inventor", ("develop",)),
    ("successor", ("succeed",)),
    ("predecessor", ("succeeded by",)),
    ("come after", ("succeed",)),
    ("come before", ("succeeded by",)),
    ("precede", ("succeeded by",)),
    ("begin", ("founded on",)),
    ("merger", ("merge with",)),
    ("acquisition", ("acquire",)),
    ("takeover", ("acquire",)),
    ("purchase", ("acquire",)),
    ("sale", ("sold to",)),
    ("foundation", ("found", "founded on")),
    ("founding", ("found", "founded on")),
    ("formation", ("founded on",)),
    ("move", ("move headquarters to",)),
    ("relocation", ("move headquarters to",)),
    ("base", ("headquartered in", "live in")),
    ("situated", ("located in", "headquartered in")),
    ("child", ("child of",)),
    ("parent", ("parent of",)),
)  # fmt: skip
"""A phrase of a question -> phrases that the ontology knows, the likeliest first."""

PLACES = ("headquartered in", "located in", "take place in", "live in")
"""What a bare 'Where is X?' asks."""
