"""The net below `model.literal`: takes control characters out of what is about to be drawn.

Everything that goes to a widget passes `literal` or `literal_lines` first; `CONTROL_FILTER` is for what slips by.
Neither knows markup: a widget must be told separately not to interpret it (`markup=False`, `Content`, `Text`).
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from pydantic_ai_debug.model.literal import CONTROLS, REPLACEMENT, literal, literal_lines

__all__ = ['CONTROL_FILTER', 'ControlFilter', 'literal', 'literal_lines']

_CONTROL = f'[{CONTROLS}]'


class ControlFilter(LineFilter):
    """Takes unsafe characters out of what is about to be drawn, without changing its width.

    Rich counts a control character as no cell and a surrogate as one, hence what each is replaced with.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        # Of the controls none is printable: the pattern is compiled once there is a character that may be one.
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [
            segment
            if segment.control is not None
            else Segment(re.sub(_CONTROL, _same_width, segment.text), segment.style)
            for segment in segments
        ]


def _same_width(match: re.Match[str]) -> str:
    return REPLACEMENT if match[0] >= '\ud800' else ''


CONTROL_FILTER = ControlFilter()
"""The net: an app adds it to what `get_line_filters` returns."""
