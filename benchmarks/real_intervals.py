"""Real statements: intervals of Wikidata taken apart into 'since' and 'until', and put together again by fusion.

``wiki_valid.txt`` holds lines ``subject TAB relation TAB object TAB occurSince|occurUntil TAB year``. Where an object
of a subject and relation has both, they are one or more spells: that is the whole to be found again. Each line
becomes a claim of one of five sources in shuffled order; half of the lines are told by two sources. 'Until 2013'
includes 2013, as 'since 2013' does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from benchmarks.histories import Said
from benchmarks.timeline_methods import Found, kgfuse, ontology
from kgfuse.model import Moment

FILE = "wiki_valid.txt"
_SOURCES, _SEED = 5, 20261125

Spells = list[tuple[int | None, int | None]]
"""Years ``[since, until]`` of one value, both included."""


def read_spells(lines: Iterable[str], *, whole: bool = True) -> dict[str, dict[str, Spells]]:
    """Return data item -> value -> spells, for values of which (`whole`) both kinds of boundary are known, or any.

    A 'since' takes the first 'until' at or after it that comes before the next 'since'; what finds none stays half
    open.
    """
    marks: dict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for line in lines:
        subject, relation, value, mark, written = line.rstrip("\n").split("\t")
        marks[f"{subject} {relation}", value].append((int(written), mark == "occurUntil"))
    found: dict[str, dict[str, Spells]] = defaultdict(dict)
    for (item, value), dated in sorted(marks.items()):
        if whole and len({until for _, until in dated}) < 2:
            continue
        spells: Spells = []
        for year, until in sorted(set(dated)):
            if not until:
                spells.append((year, None))
            elif spells and spells[-1][1] is None:
                spells[-1] = (spells[-1][0], year)
            else:
                spells.append((None, year))
        found[item][value] = spells
    return dict(found)


def apart(items: dict[str, dict[str, Spells]]) -> list[Said]:
    """Return one claim for each boundary, in shuffled order, of several sources."""
    dice = Random(_SEED)
    said: list[Said] = []
    for item, values in items.items():
        for value, spells in values.items():
            for spell in spells:
                for place, year in enumerate(spell):
                    if year is None:
                        continue
                    for source in dice.sample(range(_SOURCES), dice.choice([1, 2])):
                        start = Moment.parse(f"{year:04d}") if place == 0 else None
                        end = Moment.parse(f"{year + 1:04d}") if place == 1 else None
                        kind, sentence = ("end" if place else "start"), f"{item} {value} {place} {year} {source}"
                        said.append(Said(item, value, kind, start, end, None, f"source {source}", sentence, 0.9))
    dice.shuffle(said)
    return said


def score(items: dict[str, dict[str, Spells]], found: Found) -> dict[str, int]:
    """Count values whose spells came out whole, by whether they have one spell or several."""
    counts = {"values": 0, "whole": 0, "with_one_spell": 0, "whole_with_one_spell": 0}
    for item, values in items.items():
        for value, spells in values.items():
            given = sorted(
                (
                    v.valid_from.at.year if v.valid_from else 0,
                    v.valid_to.at.year - 1 if v.valid_to else 0,
                )
                for name, v in found.get(item, ())
                if name == value
            )
            whole = given == sorted((since or 0, until or 0) for since, until in spells)
            counts["values"] += 1
            counts["whole"] += whole
            counts["with_one_spell"] += len(spells) == 1
            counts["whole_with_one_spell"] += whole and len(spells) == 1
    return counts


def measure_real(directory: Path, console: Console) -> dict[str, object]:
    """Measure and print; the claims of values that can coexist (`many`), and of those that exclude each other."""
    items = read_spells((directory / FILE).read_text("utf-8").splitlines())
    said = apart(items)
    report: dict[str, object] = {"items": len(items), "claims": len(said)}
    rows: Sequence[tuple[str, dict[str, int]]] = [
        ("values side by side (many)", score(items, kgfuse(said, ontology("many")))),
        ("one_at_a_time", score(items, kgfuse(said, ontology()))),
    ]
    table = Table(title="Wikidata's intervals put together from their boundaries", title_justify="left")
    for column in ("cardinality", "values", "whole", "with one spell", "whole of these"):
        table.add_column(column, justify="right")
    for name, counts in rows:
        table.add_row(name, *(str(count) for count in counts.values()))
        report[name.split(" ")[0] if name == "one_at_a_time" else "many"] = counts
    console.print(table)
    return report
