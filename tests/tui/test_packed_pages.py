"""What of a long text nobody looks at is packed, and nobody can tell."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from pydantic_ai_debug.tui.present.styled import Span
from pydantic_ai_debug.tui.widgets import pages
from pydantic_ai_debug.tui.widgets.document import Document


def written(seed: int) -> Document:
    """A text in which lines, styles and pieces of lines take turns, some of it replaced and wrapped anew."""
    chance = random.Random(seed)
    text = Document(60)
    for number in range(3_000):
        if number % 500 == 0:
            text.start_block()
        words = f'{number} ' + 'wörd ' * chance.randrange(40)
        text.append([Span(words, chance.choice(('text', 'dim', 'strong')), chance.choice((0, 2)))])
        if chance.random() < 0.7:
            text.append([Span('\n')])
    text.extend(1, [Span('added\nafterwards', 'accent')])
    text.set_width(45)
    text.settle(60.0)
    return text


def drawn(text: Document) -> list[object]:
    return [
        (row.line.text, row.line.runs, row.line.indent, row.line.joined, row.begin, row.end)
        for row in text.rows(0, text.height)
    ]


@pytest.mark.parametrize('seed', range(3))
def test_a_text_is_the_same_whether_its_pages_are_packed_or_not(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = written(seed)
    monkeypatch.setattr(pages, '_OPEN_PAGES', 1_000_000)
    open_text = written(seed)
    assert drawn(packed) == drawn(open_text)
    assert packed.plain_text() == open_text.plain_text()
    assert packed.plain_text(2) == open_text.plain_text(2)
    places, others = packed.find('99 w'), open_text.find('99 w')
    assert places
    assert [packed.row_of(place) for place in places] == [open_text.row_of(place) for place in others]


def test_a_long_text_takes_little_more_memory_than_its_characters() -> None:
    line = 'the quick brown fox jumps over the lazy dog\n'
    tracemalloc.start()
    try:
        text = Document()
        for _ in range(40_000):
            text.append([Span(line)])
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text.height == 40_000
    assert taken < 2 * 40_000 * len(line)
