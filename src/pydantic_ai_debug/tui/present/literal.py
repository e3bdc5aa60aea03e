"""Untrusted text made safe to draw: what it says is seen, what it would do to a terminal is not done.

Text of models, tools and scripts may hold control characters, bidirectional overrides and lone surrogates, and emoji on
whose width terminals do not agree, which would shift what is right of them. Everything that goes to a widget passes
`literal` or `literal_lines` first; `CONTROL_FILTER` is the net below, for what slips by.
Neither knows markup: a widget must be told separately not to interpret it (`markup=False`, `Content`, `Text`).
"""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

TAB_SIZE = 4

_CONTROLS = (
    '\x00-\x1f\x7f-\x9f\u2028\u2029'
    '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069'  # directions
    '\ud800-\udfff'
)
# Joiners, variation selectors and skin tones: without them an emoji takes two cells in every terminal, or one.
_DRESS = '\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff'
_NONCHARACTERS = '\ufdd0-\ufdef' + ''.join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
_CONTROL = re.compile(f'[{_CONTROLS}]')
_UNSAFE = re.compile(f'[{_CONTROLS}{_DRESS}{_NONCHARACTERS}]')
_DRESS_ONLY = re.compile(f'[{_DRESS}]')
_REPLACEMENT = '\ufffd'
_NEWLINE_SIGN = '↵'


def literal(text: str, limit: int = 2000) -> str:
    """One safe line for a row, a label or a title: newlines are shown as ↵, tabs as a space.

    Text longer than `limit` characters is cut, with a note of how much is missing.
    """
    shown = text[:limit]
    if not _is_plain(shown):
        shown = _UNSAFE.sub(_visible, _with_plain_newlines(shown).replace('\n', _NEWLINE_SIGN).replace('\t', ' '))
    return shown + _cut_note(len(text) - limit)


def literal_lines(text: str, limit: int | None = None) -> str:
    """Safe text that keeps its lines, with tabs expanded; `\\n` is the only control character left in it.

    Text longer than `limit` characters is cut, with a note of how much is missing.
    """
    shown = text if limit is None else text[:limit]
    if not _is_plain(shown.replace('\n', '')):
        shown = _with_plain_newlines(shown)
        if '\t' in shown:
            shown = shown.expandtabs(TAB_SIZE)
        shown = '\n'.join([line if _is_plain(line) else _UNSAFE.sub(_visible, line) for line in shown.split('\n')])
    return shown if limit is None else shown + _cut_note(len(text) - limit)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _with_plain_newlines(text: str) -> str:
    return text.replace('\r\n', '\n').replace('\u2028', '\n').replace('\u2029', '\n')


def _visible(match: re.Match[str]) -> str:
    """What is drawn for an unsafe character: a sign one cell wide, or nothing."""
    character = match[0]
    if character < ' ':
        return chr(0x2400 + ord(character))
    if _DRESS_ONLY.match(character):
        return ''
    return '␡' if character == '\x7f' else _REPLACEMENT


def _cut_note(missing: int) -> str:
    return f' … {missing:,} more characters' if missing > 0 else ''


class ControlFilter(LineFilter):
    """Takes unsafe characters out of what is about to be drawn, without changing its width.

    Rich counts a control character as no cell and a surrogate as one, hence what each is replaced with.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(_CONTROL.search(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control is not None else Segment(_CONTROL.sub(_same_width, segment.text), segment.style)
            for segment in segments
        ]


def _same_width(match: re.Match[str]) -> str:
    return _REPLACEMENT if match[0] >= '\ud800' else ''


CONTROL_FILTER = ControlFilter()
"""The net: an app adds it to what `get_line_filters` returns."""
