"""The table that every section adds rows to: medians beside each other, their ratio, and the goal it is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

NONE = '–'


@dataclass(frozen=True)
class Row:
    """One line, as it is printed."""

    what: str
    bare: str
    ours: str
    ratio: str = NONE
    goal: str = NONE
    met: str = NONE


def compared(what: str, bare: Sequence[float], ours: Sequence[float], goal: float | None = None) -> Row:
    """Two things measured in turn, in seconds: the ratio of their medians.

    The range in parentheses is the middle half of the ratios of the single rounds: it tells how quiet the machine was.
    """
    ratio = median(ours) / median(bare)
    singles = [mine / theirs for mine, theirs in zip(ours, bare, strict=True)]
    low, _, high = quantiles(singles, n=4) if len(singles) > 1 else (ratio, ratio, ratio)
    return Row(
        what,
        milliseconds(median(bare)),
        milliseconds(median(ours)),
        f'{ratio:.2f}x ({low:.2f}–{high:.2f})',
        NONE if goal is None else f'<= {goal:.2f}x',
        NONE if goal is None else yes_or_no(round(ratio, 2) <= goal),
    )


def milliseconds(seconds: float) -> str:
    return f'{seconds * 1000:.{0 if seconds >= 0.1 else 1 if seconds >= 0.01 else 2}f} ms'


def yes_or_no(met: bool) -> str:
    return 'yes' if met else 'NO'


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown."""
    lines = ['| what | bare, median | ours, median | ratio | goal | met |', '|---|---|---|---|---|---|']
    lines += [f'| {row.what} | {row.bare} | {row.ours} | {row.ratio} | {row.goal} | {row.met} |' for row in rows]
    return '\n'.join(lines)
