"""What was changed of a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from pydantic_ai_debug.protocol.events import Json

from .json_text import dump_json
from .styled import Span

_WORD = re.compile(r'\w+|\n|[^\S\n]+|[^\w\s]')
_MAX_WORDS = 4_000
"""Words of both texts up to which they are compared: the time grows with their product."""
_MAX_LINES = 4_000
_CONTEXT = 3
"""Unchanged lines that are shown around a change."""
_MAX_SHOWN = 50_000


def changed_text(value: Json) -> str:
    """What of an edited item is compared: texts as they are, everything else as JSON."""
    return value if isinstance(value, str) else dump_json(value)


def diff_spans(before: str, after: str) -> Iterator[Span]:
    """One text with what was taken out and put in; of a long one only the lines around the changes."""
    if before == after:
        yield Span('no difference', 'dim')
        return
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(old) + len(new) > _MAX_LINES or len(before) + len(after) > 2_000_000:
        yield Span('too long to be compared; this is what it is now\n', 'dim')
        yield Span(after[:_MAX_SHOWN])
        return
    last = 0
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT))
    for group in groups:
        if group[0][1] > last:
            yield Span(f'… {group[0][1] - last:,} lines as they were\n', 'dim')
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == 'equal':
                yield Span(''.join(old[old_from:old_to]), 'dim')
            else:
                yield from _word_spans(''.join(old[old_from:old_to]), ''.join(new[new_from:new_to]))
        last = group[-1][2]
    if last < len(old):
        yield Span(f'\n… {len(old) - last:,} lines as they were', 'dim')


def side_by_side(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """The same, each text by itself: in one what was taken out is marked, in the other what was put in."""
    spans = list(diff_spans(before, after))
    return [span for span in spans if span.style != 'added'], [span for span in spans if span.style != 'removed']


def _word_spans(before: str, after: str) -> Iterator[Span]:
    """Changed lines, with their words compared where those are not too many."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) * len(new) > _MAX_WORDS**2 / 4 or not old or not new:
        yield from _replaced(before, after)
        return
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == 'equal':
            yield Span(''.join(old[old_from:old_to]))
        else:
            yield from _replaced(_joined(old, old_from, old_to), _joined(new, new_from, new_to))


def _joined(words: Sequence[str], start: int, end: int) -> str:
    return ''.join(words[start:end])


def _replaced(before: str, after: str) -> Iterator[Span]:
    if before:
        yield Span(before[:_MAX_SHOWN], 'removed')
    if after:
        yield Span(after[:_MAX_SHOWN], 'added')
