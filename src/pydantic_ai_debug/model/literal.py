"""Untrusted text made safe to draw: what it says is seen, what it would do to a terminal is not done.

Text of models, tools and scripts may hold control characters, bidirectional overrides and lone surrogates, and emoji on
whose width terminals do not agree, which would shift what is right of them.
"""

from __future__ import annotations

import re

_TAB_SIZE = 4

CONTROLS = (
    '\x00-\x1f\x7f-\x9f\u2028\u2029'
    '\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069'  # directions
    '\ud800-\udfff'
)
"""What moves a terminal's cursor or turns text around, as the inside of a set in a regular expression."""
# Joiners, variation selectors and skin tones: without them an emoji takes two cells in every terminal, or one.
_DRESS = '\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff'
_NONCHARACTERS = '\ufdd0-\ufdef' + ''.join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
# Not compiled here, which takes long: most text is plain, and the first picture's always is.
_CONTROL_IN_LINES = f'(?![\n\t])[{CONTROLS}]'
_UNSAFE = f'[{CONTROLS}{_DRESS}{_NONCHARACTERS}]'
_DRESS_ONLY = f'[{_DRESS}]'
REPLACEMENT = '\ufffd'
_NEWLINE_SIGN = '↵'


def literal(text: str, limit: int = 2000) -> str:
    """One safe line for a row, a label or a title: newlines are shown as ↵, tabs as a space.

    Text longer than `limit` characters is cut, with a note of how much is missing.
    """
    shown = text[:limit]
    if not _is_plain(shown):
        shown = re.sub(_UNSAFE, _visible, _with_plain_newlines(shown).replace('\n', _NEWLINE_SIGN).replace('\t', ' '))
    return shown + _cut_note(len(text) - limit)


def literal_lines(text: str, limit: int | None = None) -> str:
    """Safe text that keeps its lines, with tabs expanded; `\\n` is the only control character left in it.

    Text longer than `limit` characters is cut, with a note of how much is missing.
    """
    shown = text if limit is None else text[:limit]
    if not _is_plain(shown.replace('\n', '')):
        shown = _with_plain_newlines(shown)
        if '\t' in shown:
            shown = shown.expandtabs(_TAB_SIZE)
        shown = '\n'.join([line if _is_plain(line) else re.sub(_UNSAFE, _visible, line) for line in shown.split('\n')])
    return shown if limit is None else shown + _cut_note(len(text) - limit)


def visible_controls(text: str) -> str:
    """Text for a file or a page: control characters are shown as signs; lines, tabs and emoji stay what they are."""
    return text if _is_plain(text) else re.sub(_CONTROL_IN_LINES, _visible, _with_plain_newlines(text))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _with_plain_newlines(text: str) -> str:
    return text.replace('\r\n', '\n').replace('\u2028', '\n').replace('\u2029', '\n')


def _visible(match: re.Match[str]) -> str:
    """What is drawn for an unsafe character: a sign one cell wide, or nothing."""
    character = match[0]
    if character < ' ':
        return chr(0x2400 + ord(character))
    if re.match(_DRESS_ONLY, character):
        return ''
    return '␡' if character == '\x7f' else REPLACEMENT


def _cut_note(missing: int) -> str:
    return f' … {missing:,} more characters' if missing > 0 else ''
