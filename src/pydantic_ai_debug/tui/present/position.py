"""Where in a recording one is, and how far it was read, as a thin line and a few words in the header."""

from __future__ import annotations

from pydantic_ai_debug.tui.stepping import Situation
from pydantic_ai_debug.tui.widgets.bar import Part

_COLUMNS = 12


def position(situation: Situation, *, roomy: bool) -> list[Part]:
    """How much was read while it is, else which moment is shown; nothing at the end, where everything is seen.

    Args:
        situation: What is shown.
        roomy: Whether there is room for the line.
    """
    if situation.read is not None:
        return [*_line(situation.read, roomy), Part(f'reading {situation.read:.0%}   ', 'dim')]
    if situation.moment is None:
        return []
    number, total = situation.moment.number, situation.moment.total
    sign = '▶' if situation.playing else 'moment'
    return [*_line(number / max(total, 1), roomy), Part(f'{sign} {number} of {total}   ', 'here')]


def _line(share: float, roomy: bool) -> list[Part]:
    if not roomy:
        return []
    done = min(max(round(share * _COLUMNS), 0), _COLUMNS)
    return [Part('━' * done, 'here'), Part('─' * (_COLUMNS - done) + ' ', 'faint')]
