"""Topics as a picture: a bar for each, in a web page of its own that loads nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from kgfuse.errors import UsageError
from kgfuse.extract.topics import Topic

_SHOWN, _NAMED = 40, 4


def write_page(topics: Sequence[Topic], path: Path) -> None:
    """Write the largest topics as bars, their terms beside them and their weights under the pointer. Raises UsageError."""
    import plotly.graph_objects as go

    shown = list(reversed(topics[:_SHOWN]))
    # plotly reads labels as HTML, and terms come from documents
    labels = [escape(", ".join(term for term, _ in topic.terms[:_NAMED])) for topic in shown]
    weights = ["<br>".join(f"{escape(term)} {weight:.2f}" for term, weight in topic.terms) for topic in shown]
    numbered = [
        f"{label} <sup>{len(shown) - at}</sup>" for at, label in enumerate(labels)
    ]  # equal labels would be one bar
    bars = go.Bar(
        x=[topic.passages for topic in shown], y=numbered, orientation="h", hovertext=weights, hoverinfo="text"
    )
    figure = go.Figure(bars)
    figure.update_layout(
        title="Topics",
        xaxis_title="passages",
        height=120 + 28 * len(shown),
        margin={"l": 20, "r": 20},
        template="simple_white",
    )
    figure.update_yaxes(automargin=True)
    try:
        path.write_text(figure.to_html(include_plotlyjs=True, full_html=True), "utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
