"""What a source says without a date beside the end of another value: it speaks after that end.

'Ostia sat in Naples until 1999. Ostia sits in Genoa.' Nobody dates the second sentence, but who tells that Naples was over
speaks later; so Genoa holds since 1999 at the earliest. Of sentences in different documents this cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgfuse.fuse.boundaries import BOUNDED, Kind, Statement
from kgfuse.fuse.runs import Loss, Run, Timeline


def with_aftermath(timeline: Timeline) -> Timeline:
    """Let the one value that is said without a date, and found no place beside ended ones, follow the last of these."""
    last = _last(timeline.runs)
    if last is None:
        return timeline
    after = [loss for loss in timeline.losses if _follows(loss, last, timeline)]
    if len(after) != 1:
        return timeline
    [loss] = after
    told = {s.id for s in loss.statements}
    against = tuple(s for s in last.opposed_by if s.id not in told)
    ended = replace(last, opposed_by=against, followed_by=loss.value)
    runs = tuple(ended if run is last else run for run in timeline.runs)
    others = (other for other in timeline.losses if other is not loss)
    losses = tuple(replace(other, beaten_by=ended) if other.beaten_by is last else other for other in others)
    return Timeline((*runs, Run(loss.value, last.end, None, False, False, loss.statements, ())), losses)


def _last(runs: Sequence[Run]) -> Run | None:
    """Return the run that ended last, where all have ended and a source states that end."""
    ends = [run.end.at for run in runs if run.end is not None]
    if not ends or len(ends) < len(runs):
        return None
    last = runs[ends.index(max(ends))]
    return last if last.end_stated else None


def _follows(loss: Loss, last: Run, timeline: Timeline) -> bool:
    """Whether a document that tells when the last value ended says of another one only that it holds."""
    if any(run.value == loss.value for run in timeline.runs):
        return False
    if any(s.kind is not Kind.UNDATED or s.denies for s in loss.statements):
        return False
    ends = {_document(s) for s in last.supported_by if s.kind in BOUNDED[False] and s.seen is None}
    return any(_document(s) in ends and s.testimony.weight and not s.hint for s in loss.statements)


def _document(s: Statement) -> str:
    return s.testimony.claim.evidence.document_id
