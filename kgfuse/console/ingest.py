"""What an ingest did, would do, or could not do; what was forgotten; what there is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kgfuse.console.screen import err, file_name, out, short
from kgfuse.model import FactStatus

if TYPE_CHECKING:
    from kgfuse.knowledge_base import Forgotten, KnowledgeBase, Status
    from kgfuse.llm.batch import BatchReport
    from kgfuse.pipeline import IngestSummary, Preview

_FAILURES_SHOWN = 10


def show_summary(summary: IngestSummary, verbose: int) -> None:
    """Close an ingest: what was read, what the graph holds, what failed and why."""
    console = out()
    graph = summary.graph
    if not summary.files and not summary.failures:
        console.print("There is no file in what was given: nothing was read.", style="yellow")
    console.print(
        f"{summary.files} file{'' if summary.files == 1 else 's'}: {summary.read} read, {summary.unchanged} unchanged, "
        f"{_unread(summary.failures)}"
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
        failed = f", {used.failed} failed" if used.failed else ""
        price = f", {used.cost:.4f}" if used.cost else ""
        known = f", {used.known_tokens} of them known to the server" if used.known_tokens else ""
        console.print(
            f"LLM: {used.requests} requests ({used.prompt_tokens} + {used.completion_tokens} tokens{known}{price}), "
            f"{used.cached} from cache{failed}"
        )
    if summary.stopped:
        console.print(f"stopped early: {summary.stopped}", style="bold")
    seconds = sum(time for _, time in summary.seconds)
    parts = ", ".join(f"{stage} {time:.1f} s" for stage, time in summary.seconds)
    console.print(f"took {timedelta(seconds=round(seconds))}" + (f" ({parts})" if parts else ""))
    show_failures(summary.failures, verbose)


def _unread(failures: Sequence[Any]) -> str:
    """Count what is not in the graph: files, and parts (pages, attachments, members of archives) of files that are."""
    whole = {failure.uri for failure in failures if "#" not in failure.uri}
    parts = len(failures) - len(whole)
    of_files = f", nor {parts} part{'' if parts == 1 else 's'} of others" if parts else ""
    return f"{len(whole)} could not be read{of_files}"


def show_failures(failures: Sequence[Any], verbose: int) -> None:
    """List what could not be read, each with its reason; the hints with -v."""
    if not failures:
        return
    console = err()
    console.print(f"\nNot in the graph ({len(failures)}):", style="bold")
    shown = failures if verbose else failures[:_FAILURES_SHOWN]
    for failure in shown:
        console.print(f"  {file_name(failure.uri)}: {type(failure.error).__name__}: {failure.error}")
        if verbose and failure.error.hint:
            console.print(f"    {failure.error.hint}", style="dim")
    if len(shown) < len(failures):
        console.print(f"  … and {len(failures) - len(shown)} more; -v shows all and what to do")


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
        console.print(f"  {file_name(uri)}")
    show_failures(preview.failures, verbose)


def show_batches(report: BatchReport) -> None:
    """Say what batches brought, and what is still waited for."""
    console = out()
    if report.collected or report.refused:
        used = report.usage
        price = f", {used.cost:.4f}" if used.cost else ""
        console.print(
            f"batches: {report.collected} replies collected ({used.prompt_tokens} + {used.completion_tokens} "
            f"tokens{price}), {report.refused} refused and asked one by one"
        )
    if report.submitted:
        console.print(f"submitted {report.submitted} requests")
    if report.left_out:
        console.print(f"{report.left_out} requests did not fit the budget; raise it, and run the same command again")
    for batch in report.waiting:
        console.print(f"waiting for {batch.id}: {batch.status}, {len(batch.keys)} requests")
    if report.waiting:
        console.print("Run the same command again later: it collects what is done and goes on from there.")


def show_forgotten(forgotten: Forgotten) -> None:
    """Say what is gone."""
    console = out()
    for document in forgotten.documents:
        console.print(f"forgot {file_name(document.uri)}")
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
            console.print(f"  {short(document.id)}  {file_name(document.uri)}  {when}  {document.source}")
        show_failures(kb.ledger.failures(), verbose)
