"""What a person sees: progress bars, tables, errors. Results go to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from kgfuse.errors import KgfuseError
from kgfuse.model import Answer, Chunk, Citation, Entity, Fact, FactStatus, Hit
from kgfuse.plain import to_plain
from kgfuse.wording import relation_words, validity_words, value_words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from kgfuse.graph.cypher import Rows
    from kgfuse.graph.neo4j.bulk import BulkSummary
    from kgfuse.graph.neo4j.push import PushSummary
    from kgfuse.knowledge_base import Forgotten, KnowledgeBase, Status
    from kgfuse.knowledge_view import Explanation, KnowledgeView, Statement
    from kgfuse.pipeline import IngestSummary, Preview

_STAGES = {
    "read": "Reading",
    "fuse": "Fusing",
    "embed": "Embedding",
    "push": "Pushing",
    "bulk": "Writing",
    "project": "Copying",
}
_STYLE = {
    FactStatus.ACCEPTED: "green",
    FactStatus.SUPERSEDED: "cyan",
    FactStatus.DISPUTED: "yellow",
    FactStatus.INFERRED: "blue",
    FactStatus.RETRACTED: "dim",
}
_FAILURES_SHOWN = 10


def out() -> Console:
    """The console for results; names from documents are never read as markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def err() -> Console:
    """The console for progress and errors."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def write_json(value: Any) -> None:
    """Write a value as one JSON document on standard output."""
    sys.stdout.write(json.dumps(to_plain(value), ensure_ascii=False, indent=2) + "\n")


def show_error(error: KgfuseError, as_json: bool) -> None:
    """Say what happened and what to do next."""
    if as_json:
        write_json({"error": type(error).__name__, "message": str(error), "hint": error.hint})
    console = err()
    console.print(f"Error: {error}", style="bold red")
    if error.hint:
        console.print(error.hint)


class Bars:
    """A `Progress` of the protocols as bars with counts, rates and the time left; quiet where nobody watches."""

    def __init__(self, quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description:<10}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.fields[detail]}", markup=False, style="dim"),
            console=err(),
            disable=quiet or not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, stage: str, total: int | None) -> None:
        """Show a bar; without a total it only shows that something is under way."""
        self._tasks[stage] = self._progress.add_task(_STAGES.get(stage, stage), total=total, detail="", rate="")

    def advance(self, stage: str, count: int = 1, detail: str = "") -> None:
        """Move a bar on."""
        task = self._tasks[stage]
        speed = self._progress.tasks[self._progress.task_ids.index(task)].speed
        self._progress.update(
            task, advance=count, detail=_cut(unquote(detail), 40), rate=f"{speed:.1f}/s" if speed else ""
        )

    def finish(self, stage: str) -> None:
        """Leave the bar as it is, full when it had no total."""
        task = self._tasks[stage]
        current = self._progress.tasks[self._progress.task_ids.index(task)]
        if current.total is None:
            self._progress.update(task, total=1, completed=1)
        self._progress.update(task, detail="")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


# --------------------------------------------------------------------------------------------------------------- ingest


def show_summary(summary: IngestSummary, verbose: int) -> None:
    """Close an ingest: what was read, what the graph holds, what failed and why."""
    console = out()
    graph = summary.graph
    console.print(
        f"{summary.files} files: {summary.read} read, {summary.unchanged} unchanged, "
        f"{_files_without_documents(summary)} could not be read"
    )
    console.print(
        f"{summary.documents} documents, {summary.chunks} chunks, {summary.triples} triples ({summary.extractor})"
    )
    if summary.quarantined:
        reasons = ", ".join(f"{count} {reason}" for reason, count in summary.quarantined)
        console.print(f"quarantined, since not grounded in the text: {reasons}")
    console.print(
        f"graph: {graph.entities} entities, {graph.total} facts "
        f"({', '.join(f'{count} {status}' for status, count in graph.facts) or 'none'})"
    )
    resolved = graph.of(FactStatus.SUPERSEDED) + graph.of(FactStatus.DISPUTED)
    console.print(
        f"conflicts resolved: {resolved} facts superseded or disputed; this run wrote {summary.changes.facts_written} "
        f"and retired {summary.changes.facts_retracted} facts"
    )
    used = summary.usage
    if used.requests or used.cached:
        console.print(
            f"LLM: {used.requests} requests ({used.prompt_tokens} + {used.completion_tokens} tokens), "
            f"{used.cached} from cache"
        )
    seconds = sum(time for _, time in summary.seconds)
    parts = ", ".join(f"{stage} {time:.1f} s" for stage, time in summary.seconds)
    console.print(f"took {timedelta(seconds=round(seconds))}" + (f" ({parts})" if parts else ""))
    show_failures(summary.failures, verbose)


def show_push(summary: PushSummary) -> None:
    """Say what Neo4j holds now and what this push changed there."""
    console = out()
    where = f"{summary.uri}{f', database {summary.database}' if summary.database else ''}"
    console.print(
        f"Neo4j: {summary.nodes} nodes, {summary.relationships} relationships of {summary.kb!r} at {where}; "
        f"wrote {summary.nodes_written} and {summary.relationships_written}, "
        f"removed {summary.nodes_removed} and {summary.relationships_removed}"
    )
    if summary.repaired:
        console.print(f"Neo4j held something else than was pushed there; put right: {summary.repaired}", style="yellow")
    elif summary.repaired is not None:
        console.print("compared element by element: nothing to put right")


def show_bulk(summary: BulkSummary) -> None:
    """Say what was written and what to run."""
    console = out()
    console.print(f"{summary.nodes} nodes, {summary.relationships} relationships in {summary.folder}")
    console.print("With the database stopped, run where neo4j-admin is; then start it and run `kgfuse push`:")
    console.print(f"  {summary.command}")


def _files_without_documents(summary: IngestSummary) -> int:
    return len({failure.uri for failure in summary.failures if "#" not in failure.uri})


def show_failures(failures: Sequence[Any], verbose: int) -> None:
    """List what could not be read, each with its reason; the hints with -v."""
    if not failures:
        return
    console = err()
    console.print(f"\nNot in the graph ({len(failures)}):", style="bold")
    shown = failures if verbose else failures[:_FAILURES_SHOWN]
    for failure in shown:
        console.print(f"  {_name(failure.uri)}: {type(failure.error).__name__}: {failure.error}")
        if verbose and failure.error.hint:
            console.print(f"    {failure.error.hint}", style="dim")
    if len(shown) < len(failures):
        console.print(f"  … and {len(failures) - len(shown)} more; -v shows all and what to do")


def _name(uri: str) -> str:
    """The file name of a URI, with the attachment's when it is one."""
    file, mark, attachment = uri.partition("#")
    return unquote(file.rsplit("/", 1)[-1] + mark + attachment)


def show_preview(preview: Preview, verbose: int) -> None:
    """Show what an ingest would do."""
    console = out()
    console.print(f"{preview.files} files: {len(preview.to_read)} to read, {preview.unchanged} unchanged")
    console.print(f"{preview.documents} documents, {preview.chunks} chunks")
    if preview.requests:
        price = "price not configured" if preview.price is None else f"about {preview.price:.2f} {preview.currency}"
        console.print(
            f"{preview.requests} LLM requests, about {preview.prompt_tokens} prompt and {preview.reply_tokens} reply "
            f"tokens: {price}"
        )
    else:
        console.print("no LLM requests")
    for uri in preview.to_read if verbose else ():
        console.print(f"  {_name(uri)}")
    show_failures(preview.failures, verbose)


# ---------------------------------------------------------------------------------------------------------------- facts


def show_facts(
    kb: KnowledgeView, entity: Entity | None, facts: Sequence[Fact], *, history: bool, verbose: int = 0
) -> None:
    """Show facts, a line each; with `history` the reason of each as well. Open relations are only counted unless -v."""
    console = out()
    everything, facts = facts, [fact for fact in facts if verbose or fact.relation in kb.ontology.relations]
    if entity is not None:
        also = f", also {', '.join(alias for alias in entity.aliases if alias != entity.name)}"
        console.print(f"{entity.name} ({entity.type or 'untyped'})" + (also if len(also) > 7 else ""), style="bold")
    if not everything:
        console.print("no facts")
    names = kb.names(facts)
    for fact in facts:
        console.print(_fact_line(fact, names), style=_STYLE[fact.status])
        if history and fact.reason:
            console.print(f"            {fact.reason}", style="dim")
    if len(facts) < len(everything):
        more = len(everything) - len(facts)
        console.print(f"… and {more} more of relations that the ontology does not know; -v shows them", style="dim")


def _fact_line(fact: Fact, names: dict[str, str]) -> str:
    when = validity_words(fact.validity)
    clause = (
        f"{names.get(fact.subject, fact.subject)} — {relation_words(fact.relation)} — {value_words(fact.object, names)}"
    )
    return f"{short(fact.id)}  {clause}{f'  [{when}]' if when else ''}  {fact.status.value} {fact.confidence:.2f}"


def short(id: str) -> str:
    """An abbreviated id that commands take."""
    return id.partition(":")[2][:10]


def show_hits(kb: KnowledgeView, hits: Sequence[Hit]) -> None:
    """Show search results, best first, each with the place it was read."""
    console = out()
    if not hits:
        console.print("nothing found")
    for number, hit in enumerate(hits, 1):
        if isinstance(hit.item, Chunk):
            text = _cut(" ".join(hit.item.text.split()), 200)
        else:
            text = _fact_line(hit.item, kb.names([hit.item]))
        console.print(f"{number:>2}. {text}")
        for citation in kb.cite(hit.item)[:1]:
            console.print(f"    {place(citation)}", style="dim")


def place(citation: Citation) -> str:
    """Where something was read: file, page, characters."""
    page = f", page {citation.page}" if citation.page else ""
    return f"{_name(citation.uri)}{page}, characters {citation.start}–{citation.end}"


def show_answer(answer: Answer) -> None:
    """Show an answer with its citations."""
    console = out()
    console.print(answer.text, style="yellow" if answer.abstained else "bold")
    for number, citation in enumerate(answer.citations, 1):
        console.print(f"  [{number}] “{_cut(' '.join(citation.quote.split()), 160)}”")
        console.print(f"      {place(citation)}", style="dim")
    if not answer.abstained:
        console.print(f"  confidence {answer.confidence:.2f}", style="dim")


def show_explanation(kb: KnowledgeView, story: Explanation) -> None:
    """Tell why a fact has its status."""
    console = out()
    fact = story.fact
    console.print(story.words, style="bold")
    console.print(f"{fact.status.value}, confidence {fact.confidence:.2f}: {fact.reason}", style=_STYLE[fact.status])
    if fact.recorded_at:
        until = f", retired {fact.retracted_at:%Y-%m-%d %H:%M} UTC" if fact.retracted_at else ""
        console.print(f"recorded {fact.recorded_at:%Y-%m-%d %H:%M} UTC{until}", style="dim")
    for premise, words in story.premises:
        console.print(f"  follows from {short(premise.id)}  {words}")
    for title, statements in (("Supported by", story.supporting), ("Opposed by", story.opposing)):
        if statements:
            console.print(f"{title} {len(statements)}:")
        for said in statements:
            _show_statement(console, said)


def _show_statement(console: Console, said: Statement) -> None:
    triple, document = said.triple, said.document
    denied = "denied: " if triple.negated else ""
    console.print(f"  {denied}“{_cut(' '.join(triple.evidence.quote.split()), 200)}”")
    page = f", page {triple.evidence.page}" if triple.evidence.page else ""
    when = f"{document.published_at} ({document.date_source})" if document.published_at else "undated"
    console.print(
        f"      {_name(document.uri)}{page}, characters {triple.evidence.start}–{triple.evidence.end}; {document.source}, "
        f"{when}; extraction confidence {triple.confidence:.2f}",
        style="dim",
    )


def show_conflicts(kb: KnowledgeView, facts: Sequence[Fact]) -> None:
    """List disputed facts with what each lost to."""
    show_facts(kb, None, facts, history=True, verbose=1)


def show_forgotten(forgotten: Forgotten) -> None:
    """Say what is gone."""
    console = out()
    for document in forgotten.documents:
        console.print(f"forgot {_name(document.uri)}")
    changes = forgotten.changes
    console.print(f"graph: {changes.facts_written} facts written, {changes.facts_retracted} retired")


def show_status(kb: KnowledgeBase, status: Status, verbose: int) -> None:
    """Show what a knowledge base holds; with -v its documents."""
    console = out()
    counts, graph = status.ledger, status.graph
    console.print(f"{status.path} ({status.size / 1e6:.1f} MB)", style="bold")
    console.print(
        f"{counts.files} files, {counts.documents} documents, {counts.chunks} chunks, {counts.triples} triples"
    )
    console.print(
        f"{graph.entities} entities, {graph.total} facts ({', '.join(f'{n} {name}' for name, n in graph.facts) or 'none'})"
    )
    console.print(f"{counts.failures} failures, {counts.decisions} decisions, {counts.replies} LLM replies kept")
    if verbose:
        for document in kb.ledger.documents():
            when = f"{document.published_at} ({document.date_source})" if document.published_at else "undated"
            console.print(f"  {short(document.id)}  {_name(document.uri)}  {when}  {document.source}")
        show_failures(kb.ledger.failures(), verbose)


def show_rows(found: Rows) -> None:
    """Show what a Cypher query returned, as a table."""
    from rich.table import Table

    console = out()
    table = Table(box=None, pad_edge=False)
    for column in found.columns:
        table.add_column(column, overflow="fold")
    for row in found.rows:
        table.add_row(*(_cell(value) for value in row))
    console.print(table, soft_wrap=False)
    count = f"{len(found.rows)} row{'' if len(found.rows) == 1 else 's'}"
    console.print(f"{count}{', and more: raise --limit' if found.more else ''} ({found.engine})", style="dim")


def _cell(value: object) -> str:
    """Return a value for people: a node by its name, a fact by its relation and its time."""
    if isinstance(value, dict):
        if "_labels" in value:
            return f"({value.get('name', value.get('id', ''))})"
        if "_type" in value:
            return f"[{value['_type']} {value.get('valid', '')}".rstrip() + "]"
        if "nodes" in value and "relationships" in value:
            parts = [_cell(value["nodes"][0])] if value["nodes"] else []
            for link, end in zip(value["relationships"], value["nodes"][1:], strict=False):
                parts += [_cell(link), _cell(end)]
            return " ".join(parts)
        return ", ".join(f"{key}: {_cell(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value)
    return "" if value is None else str(value)
