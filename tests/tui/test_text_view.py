from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from hostile import PAYLOADS, RAW_CONTROL, UNSURE_WIDTH
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from pydantic_ai_debug.tui.present.literal import literal_lines
from pydantic_ai_debug.tui.present.styled import Span, StyleName
from pydantic_ai_debug.tui.terminal import GuardedApp
from pydantic_ai_debug.tui.widgets import document, wrapping
from pydantic_ai_debug.tui.widgets.document import Document
from pydantic_ai_debug.tui.widgets.text_view import TextView
from pydantic_ai_debug.tui.widgets.wrapping import wrap

TEXT = st.text(st.sampled_from('aaabbcd    \n漢字😀é\u0301\u200d-_,\t\x1b'), max_size=200)


class Shown(GuardedApp):
    CSS = 'TextView { height: 1fr; }'

    def __init__(self, *, follow: bool = True, empty_text: str = '') -> None:
        super().__init__()
        self.view = TextView(follow=follow, empty_text=empty_text)

    def compose(self) -> ComposeResult:
        yield self.view

    def rows(self) -> list[str]:
        """What is drawn, without the scroll bar."""
        return [strip.crop(0, self.size.width - 1).text.rstrip() for strip in self.screen._compositor.render_strips()]


async def until(pilot: Pilot[int], condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await pilot.pause()


def rows_of(text: str, width: int) -> list[str]:
    starts = wrap(text, width)
    return [text[begin:end] for begin, end in zip(starts, [*starts[1:], len(text)], strict=True)]


# Wrapping


@pytest.mark.parametrize(
    ('text', 'rows'),
    [
        ('', ['']),
        ('one two', ['one two']),
        ('one two three', ['one two ', 'three']),
        ('one twothreefour', ['one ', 'twothree', 'four']),
        ('abcdefghijkl', ['abcdefgh', 'ijkl']),
        ('onetwoth ', ['onetwoth ']),
        ('          x', ['        ', '  x']),
        ('    abcdefgh', ['    abcd', 'efgh']),
        ('漢字漢字漢字', ['漢字漢字', '漢字']),
        ('a漢字漢字', ['a漢字漢', '字']),
        ('ab 漢字漢字', ['ab 漢字', '漢字']),
        ('é one two three', ['é one ', 'two ', 'three']),
        ('one 👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', ['one 👩‍👩‍👧👩‍👩‍👧', '👩‍👩‍👧']),
    ],
)
def test_rows_break_after_words_and_around_wide_characters(text: str, rows: list[str]) -> None:
    assert rows_of(text, 8) == rows


@given(TEXT, st.integers(2, 30))
def test_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    line = literal_lines(text).replace('\n', '')
    rows = rows_of(line, width)
    assert ''.join(rows) == line
    # A space may hang over the edge, with what combines with it.
    assert all(cell_len(row) <= width + (row.rstrip('\u0301\u200d')[-1:] == ' ') for row in rows)


@given(TEXT, TEXT, st.integers(2, 30))
def test_a_line_that_grows_wraps_as_if_it_came_whole(first: str, second: str, width: int) -> None:
    first, second = (literal_lines(text).replace('\n', '') for text in (first, second))
    assert wrap(first + second, width, wrap(first, width)) == wrap(first + second, width)


def test_what_counts_as_one_cell_is_one_cell() -> None:
    characters = filter(wrapping._ONE_CELL_EACH.fullmatch, map(chr, range(0x20, 0x11000)))
    assert {get_character_cell_size(character) for character in characters} == {1}


# The document


def wrapped(text: Document) -> list[str]:
    text.settle(60)
    rows = [text.row(y) for y in range(text.height)]
    return [row.line.text[row.begin : row.end] for row in rows if row is not None]


@given(st.lists(st.tuples(TEXT, st.sampled_from(['text', 'dim', 'error']))), st.integers(2, 40))
def test_text_in_pieces_is_drawn_as_text_that_came_whole(pieces: list[tuple[str, StyleName]], width: int) -> None:
    whole, parts = Document(width), Document(width)
    text = ''.join(text.replace('\t', ' ') for text, _ in pieces)
    whole.append([Span(text)])
    for piece, style in pieces:
        parts.append([Span(piece.replace('\t', ' '), style)])
    assert wrapped(parts) == wrapped(whole)
    assert parts.plain_text() == whole.plain_text() == literal_lines(text).removesuffix('\n')


@given(st.lists(TEXT, min_size=1), st.integers(0), TEXT, st.integers(2, 40))
def test_a_replaced_block_reads_as_if_it_had_been_so_from_the_start(
    texts: list[str], number: int, replacement: str, width: int
) -> None:
    number %= len(texts)
    changed, fresh = Document(width), Document(width)
    for index, text in enumerate(texts):
        assert changed.start_block() == fresh.start_block() == index
        changed.append([Span(text)])
        fresh.append([Span(replacement if index == number else text)])
    changed.replace(number, [Span(replacement)])
    changed.append([Span('the end')])
    fresh.append([Span('the end')])
    assert wrapped(changed) == wrapped(fresh)
    assert changed.plain_text(number) == fresh.plain_text(number)


@given(st.lists(TEXT, min_size=1), st.lists(st.tuples(st.integers(0), TEXT)), st.integers(2, 40))
def test_an_extended_block_reads_as_if_it_had_been_so_from_the_start(
    texts: list[str], additions: list[tuple[int, str]], width: int
) -> None:
    # How wide a tab is depends on where its line begins.
    texts = [text.replace('\t', ' ') for text in texts]
    changed, fresh = Document(width), Document(width)
    for text in texts:
        changed.start_block()
        changed.append([Span(text)])
    for number, text in additions:
        number %= len(texts)
        added = text.replace('\t', ' ')
        texts[number] += added
        changed.extend(number, [Span(added)])
    for number, text in enumerate(texts):
        fresh.start_block()
        fresh.append([Span(text)])
        assert changed.plain_text(number) == fresh.plain_text(number)
    assert wrapped(changed) == wrapped(fresh)


@given(TEXT, st.integers(2, 40), st.integers(2, 40))
def test_another_width_wraps_as_if_it_had_been_so_from_the_start(text: str, first: int, second: int) -> None:
    changed, fresh = Document(first), Document(second)
    for view in (changed, fresh):
        view.append([Span(text, 'text', 3)])
    changed.set_width(second)
    assert wrapped(changed) == wrapped(fresh)


def test_a_newline_in_two_halves_is_one() -> None:
    text = Document()
    text.append([Span('one\r')])
    text.append([Span('\ntwo\rthree')])
    assert text.plain_text() == 'one\ntwo␍three'


def test_the_oldest_text_goes_and_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, 'MAX_LENGTH', 100_000)
    text = Document()
    text.start_block()
    for number in range(30_000):
        text.append([Span(f'line {number}\n')])
    rows = wrapped(text)
    assert rows[0].startswith('… ')
    assert rows[-1] == 'line 29999'
    assert rows[1:] == [f'line {number}' for number in range(30_001 - len(rows), 30_000)]
    assert sum(map(len, rows)) <= 100_100


# The widget


@pytest.mark.parametrize('text', PAYLOADS.values(), ids=PAYLOADS)
async def test_hostile_text_stays_in_its_pane(text: str) -> None:
    app = Shown()
    async with app.run_test(size=(40, 12)) as pilot:
        app.view.append('before\n', 'heading')
        app.view.append(text, 'dim', 2)
        app.view.start_block()
        app.view.append('after', 'error')
        await until(pilot, lambda: 'after' in app.rows())
        for key in ('home', 'pagedown', 'end', 'k'):
            app.view.focus()
            await pilot.press(key)
            strips = app.screen._compositor.render_strips()
            assert not any(RAW_CONTROL.search(strip.text) or UNSURE_WIDTH.search(strip.text) for strip in strips)
            assert {cell_len(strip.text) for strip in strips} == {40}
        app.view.find('a')
        await pilot.resize_terminal(23, 9)
        await pilot.pause()
        assert {cell_len(strip.text) for strip in app.screen._compositor.render_strips()} == {23}


async def test_an_empty_view_says_why() -> None:
    app = Shown(empty_text='nothing [b]yet')
    async with app.run_test(size=(40, 4)) as pilot:
        await pilot.pause()
        assert app.rows() == ['nothing [b]yet', '', '', '']
        app.view.append('text')
        await pilot.pause()
        assert app.rows()[0] == 'text'
        app.view.clear()
        await pilot.pause()
        assert app.rows()[0] == 'nothing [b]yet'


async def test_a_view_follows_until_the_user_scrolls_up_and_again_from_the_end() -> None:
    app = Shown()
    async with app.run_test(size=(20, 5)) as pilot:
        view = app.view
        view.focus()
        for number in range(20):
            view.append(f'{number}\n')
        await pilot.pause()
        assert app.rows() == ['15', '16', '17', '18', '19']
        await pilot.press('k')
        assert not view.following
        view.append('20\n21\n')
        await pilot.pause()
        assert app.rows() == ['14', '15', '16', '17', '18']
        await pilot.press('end')
        assert view.following
        view.append('22\n')
        await pilot.pause()
        assert app.rows() == ['18', '19', '20', '21', '22']
        await pilot.press('up', 'j')
        assert view.following


async def test_a_view_that_does_not_follow_starts_at_the_top() -> None:
    app = Shown(follow=False)
    async with app.run_test(size=(20, 3)) as pilot:
        app.view.show([Span('one\ntwo\nthree\nfour')])
        await pilot.pause()
        assert app.rows() == ['one', 'two', 'three']
        app.view.focus()
        await pilot.press('end')
        app.view.append('\nfive')
        await pilot.pause()
        assert app.rows() == ['two', 'three', 'four']


async def test_what_is_read_stays_in_place_when_the_width_changes_and_text_above_grows() -> None:
    app = Shown()
    async with app.run_test(size=(40, 6)) as pilot:
        first = app.view.start_block()
        app.view.append('one\n')
        app.view.start_block()
        app.view.append('word ' * 200 + '\n')
        app.view.append('HERE\n' + 'more\n' * 50)
        app.view.find('HERE')
        await pilot.pause()
        place = app.rows().index('HERE')
        app.view.scroll_to(y=app.view.scroll_offset.y + place, animate=False)
        app.view.replace_block(first, [Span('line\n' * 30)])
        await pilot.pause()
        assert app.rows()[0] == 'HERE'
        await pilot.resize_terminal(15, 6)
        await pilot.pause()
        assert app.rows()[0] == 'HERE'


async def test_search_goes_round_and_marks_what_it_finds() -> None:
    app = Shown(follow=False)
    async with app.run_test(size=(30, 4)) as pilot:
        view = app.view
        view.append('Paris\n' + 'x\n' * 20 + 'paris [b]\n' + 'x\n' * 20 + 'PARIS\n')
        assert view.find('paris') == (1, 3)
        assert view.find_next() == (2, 3)
        await pilot.pause()
        assert 'paris [b]' in app.rows()
        assert view.find_next() == (3, 3)
        assert view.find_next() == (1, 3)
        assert view.find_previous() == (3, 3)
        assert view.find('Paris') == (1, 1)
        assert view.find('[b]') == (1, 1)
        await pilot.pause()
        row = next(strip for strip in app.screen._compositor.render_strips() if '[b]' in strip.text)
        (found,) = (segment for segment in row if segment.text == '[b]')
        assert found.style is not None
        assert found.style.bgcolor == view.get_component_rich_style('text-view--match-current').bgcolor
        assert view.find('nowhere') == (0, 0)
        assert view.find_next() == (0, 0)


async def test_a_match_across_a_break_is_marked_in_both_rows() -> None:
    app = Shown(follow=False)
    async with app.run_test(size=(11, 4)) as pilot:
        app.view.append('one two three four')
        app.view.find('two three')
        await pilot.pause()
        background = app.view.get_component_rich_style('text-view--match-current').bgcolor
        marked = [
            segment.text.strip()
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None and segment.style.bgcolor == background
        ]
        assert marked == ['two', 'three']


async def test_selected_text_joins_the_rows_of_a_line() -> None:
    app = Shown()
    async with app.run_test(size=(13, 6)) as pilot:
        app.view.append('one two three four\nfive', 'text', 2)
        await pilot.pause()
        assert app.rows()[:3] == ['  one two', '  three four', '  five']
        selected = app.view.get_selection(Selection(Offset(6, 0), Offset(4, 2)))
        assert selected == ('two three four\nfi', '\n')
        assert app.view.get_selection(Selection(None, None)) == ('one two three four\nfive', '\n')
        await pilot.mouse_down(app.view, offset=(6, 0))
        await pilot.hover(app.view, offset=(6, 1))
        await pilot.mouse_up(app.view, offset=(6, 1))
        assert app.screen.get_selected_text() == 'two three'


async def test_every_style_has_colours_in_every_theme() -> None:
    app = Shown()
    async with app.run_test() as pilot:
        for theme in ('textual-dark', 'textual-light', 'ansi-dark', 'ansi-light', 'nord'):
            if theme in app.available_themes:
                app.theme = theme
                await pilot.pause()
                for name in TextView.COMPONENT_CLASSES:
                    assert app.view.get_component_rich_style(name).color is not None


@pytest.mark.parametrize(
    'text',
    ['x' * 10_000_000, 'lorem ipsum ' * 800_000, 'a line that is wider than the view is\n' * 100_000, '😀漢' * 500_000],
    ids=['one line of 10 MB', 'one line of words', '100,000 lines', 'a million wide characters'],
)
async def test_huge_text_never_holds_up_the_screen(text: str) -> None:
    app = Shown()
    longest = 0.0

    async def watch_loop() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - before)

    async with app.run_test(size=(30, 10)) as pilot:
        watch = asyncio.create_task(watch_loop())
        app.view.append(text)
        await until(pilot, lambda: any(app.rows()))
        for width in (50, 20):
            await pilot.resize_terminal(width, 12)
            for key in ('home', 'pagedown', 'end', 'k'):
                app.view.focus()
                await pilot.press(key)
                assert any(app.rows())
        watch.cancel()
    # Of processor time, which other work on the machine does not change.
    assert longest < 1.5, 'a key press would have had to wait'
