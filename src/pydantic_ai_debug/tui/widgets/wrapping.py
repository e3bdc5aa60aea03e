"""Where a line of text breaks into rows of a given width. Pure, knows no widget."""

from __future__ import annotations

import re

from rich.cells import split_graphemes

# Latin, Greek, Cyrillic, punctuation, arrows, control pictures and boxes that take one cell each.
_ONE_CELL_EACH = re.compile(
    '[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u203b\u2190-\u2193\u21b5'
    '\u2400-\u2426\u2500-\u25fc\u2800-\u28ff\ufffd]*'
)


def wrap(text: str, width: int, starts: tuple[int, ...] = (0,)) -> tuple[int, ...]:
    """Say at which index each row of a line begins.

    Rows break after spaces, around wide characters, or inside a word that is wider than a row; a space at the end of a
    row may hang over its edge. For a line that has grown, `starts` is what was returned before: the cost is that of
    the text from its last row on.
    """
    if text.isascii() or _ONE_CELL_EACH.fullmatch(text, starts[-1]):
        added = _wrap_characters(text, width, starts[-1])
    else:
        added = _wrap_cells(text, width, starts[-1])
    return (*starts, *added) if added else starts


def _wrap_characters(text: str, width: int, start: int) -> list[int]:
    starts: list[int] = []
    end = len(text)
    while end - start > width:
        space = text.rfind(' ', start + 1, start + width + 1)
        if space < 0 or text[start:space].isspace():
            start += width
        elif space + 1 == end:
            break
        else:
            start = space + 1
        starts.append(start)
    return starts


def _wrap_cells(text: str, width: int, row: int) -> list[int]:
    starts: list[int] = []
    base = row
    graphemes, cells_left = split_graphemes(text[row:])
    if cells_left <= width:
        return starts
    used = 0
    break_at = row
    used_at_break = 0
    has_word = False
    for begin, end, cells in graphemes:
        if cells == 2 and used <= width:
            break_at, used_at_break = base + begin, used
        is_space = text[base + begin] == ' '
        hangs = is_space and has_word and used == width
        if used and used + cells > width and not hangs:
            if break_at > row:
                row = break_at
                used -= used_at_break
            else:
                row = base + begin
                used = 0
            starts.append(row)
            has_word = used > 0
        used += cells
        has_word = has_word or not is_space
        if cells == 2 or (is_space and has_word):
            break_at, used_at_break = base + end, used
    return starts
