"""A fit of the confidence, and whether it means what it says: in the terminal and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from kgfuse.console.screen import out

if TYPE_CHECKING:
    from kgfuse.extract.refit import Refit
    from kgfuse.extract.reliability import Reliability

_WIDTH = 40
"""Columns of the diagram."""

_SIDE, _MARGIN, _STRIP = 480, 60, 70
"""Pixels of the picture: the square, the margin around it, the strip of counts below."""

_BLUE, _RED, _GREY, _BLACK = (70, 110, 180), (200, 60, 50), (150, 150, 150), (30, 30, 30)


def show_reliability(result: Reliability) -> None:
    """Show the numbers and the diagram."""
    console = out()
    console.print(f"{result.count} statements, {result.right:.3f} of them right, {result.claimed:.3f} claimed")
    console.print(
        f"Brier score {result.brier:.4f} (always claiming the mean: {result.brier_of_mean:.4f}), "
        f"expected calibration error {result.calibration_error:.4f}"
    )
    if result.ranking is not None:
        console.print(f"a right one is above a wrong one in {result.ranking:.3f} of all pairs (.5: by chance)")
    table = Table("confidence", "statements", "claimed", "right", "reliability (# right, | claimed)")
    for one in result.bins:
        table.add_row(
            f"{one.low:.1f} – {one.high:.1f}",
            str(one.count),
            f"{one.claimed:.3f}",
            f"{one.right:.3f}",
            bar(one.claimed, one.right),
        )
    console.print(table)
    steps = Table("confidence at least", "statements", "precision")
    for step in result.steps:
        steps.add_row(f"{step.confidence:.1f}", str(step.count), f"{step.precision:.3f}")
    console.print(steps)


def bar(claimed: float, right: float) -> str:
    """Draw what was right as a bar and what was claimed as a mark on it."""
    length, mark = round(right * _WIDTH), min(_WIDTH - 1, round(claimed * _WIDTH))
    cells = ["#" if at < length else "." for at in range(_WIDTH)]
    cells[mark] = "|"
    return "".join(cells)


def show_fit(report: Refit, extractor: str, path: Path) -> None:
    """Show what a fit changed and how to use it."""
    console = out()
    console.print(
        f"{extractor}: fitted on {report.after.count} statements, {report.after.right:.3f} of them right; "
        f"{report.left_out} say nothing about the weights and were left out"
    )
    before, after = report.before, report.after
    console.print(
        f"expected calibration error {before.calibration_error:.4f} before, {after.calibration_error:.4f} on statements "
        f"held out; Brier score {before.brier:.4f} before, {after.brier:.4f} after"
    )
    table = Table("signal", "weight (log-odds)")
    table.add_row("(bias)", f"{report.calibration.bias:+.2f}")
    for name, weight in sorted(report.calibration.weights.items(), key=lambda item: (-abs(item[1]), item[0])):
        table.add_row(name, f"{weight:+.2f}")
    console.print(table)
    console.print(f"written to {path}; KGFUSE_EXTRACT__CALIBRATION={path} puts it to use")


def draw_reliability(result: Reliability, path: Path) -> None:
    """Draw the reliability diagram as a PNG: right over claimed, the diagonal of honesty, and the counts below."""
    from PIL import Image, ImageDraw

    width, height = _SIDE + 2 * _MARGIN, _SIDE + 2 * _MARGIN + _STRIP
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)

    def at(x: float, y: float) -> tuple[float, float]:
        return _MARGIN + x * _SIDE, _MARGIN + (1 - y) * _SIDE

    most = max(one.count for one in result.bins)
    for one in result.bins:
        draw.rectangle([at(one.low + 0.005, one.right), at(one.high - 0.005, 0)], fill=_BLUE)
        x, y = at(one.claimed, one.claimed)
        draw.line([(x, y), at(one.claimed, one.right)], fill=_RED, width=3)
        foot = _MARGIN + _SIDE + 25 + _STRIP
        tall = (_STRIP - 10) * one.count / most
        draw.rectangle([(at(one.low + 0.02, 0)[0], foot - tall), (at(one.high - 0.02, 0)[0], foot)], fill=_GREY)
    draw.rectangle([at(0, 1), at(1, 0)], outline=_BLACK)
    draw.line([at(0, 0), at(1, 1)], fill=_BLACK, width=1)
    for tenth in range(0, 11, 2):
        draw.text((at(tenth / 10, 0)[0] - 8, at(0, 0)[1] + 6), f"{tenth / 10:.1f}", fill=_BLACK)
        draw.text((_MARGIN - 28, at(0, tenth / 10)[1] - 6), f"{tenth / 10:.1f}", fill=_BLACK)
    told = f"{result.count} statements, calibration error {result.calibration_error:.3f}, Brier {result.brier:.3f}"
    draw.text((_MARGIN, _MARGIN - 24), f"right over claimed: {told}", fill=_BLACK)
    image.save(path, "PNG")
