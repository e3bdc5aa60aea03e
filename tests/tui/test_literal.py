from __future__ import annotations

import re

import pytest
from hostile import PAYLOADS, RAW_CONTROL, UNSURE_WIDTH
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.color import Color
from textual.content import Content
from textual.widgets import Label, Static, Tree

from pydantic_ai_debug.tui.present.literal import CONTROL_FILTER, literal, literal_lines
from pydantic_ai_debug.tui.terminal import GuardedApp


@pytest.mark.parametrize('text', PAYLOADS.values(), ids=PAYLOADS)
def test_a_label_is_one_bounded_line_without_control_characters(text: str) -> None:
    shown = literal(text)
    assert not RAW_CONTROL.search(shown)
    assert not UNSURE_WIDTH.search(shown)
    assert len(shown) < 2100


@pytest.mark.parametrize('text', PAYLOADS.values(), ids=PAYLOADS)
def test_many_lines_keep_their_newlines_and_nothing_else_that_is_unsafe(text: str) -> None:
    shown = literal_lines(text)
    assert not RAW_CONTROL.search(shown.replace('\n', ''))
    assert shown.count('\n') == len(re.findall('\r\n|[\n\u2028\u2029]', text))


@pytest.mark.parametrize(
    ('text', 'label', 'lines'),
    [
        ('plain [bold]text[/]', 'plain [bold]text[/]', 'plain [bold]text[/]'),
        ('a\x1b[2J', 'a␛[2J', 'a␛[2J'),
        ('a\nb\r\nc\u2028d', 'a↵b↵c↵d', 'a\nb\nc\nd'),
        ('a\tb', 'a b', 'a   b'),
        ('one\rtwo', 'one␍two', 'one␍two'),
        ('\x00\x07\x7f', '␀␇␡', '␀␇␡'),
        ('\x9b\u202e\ud800', '���', '���'),
        ('漢字 é 🇩🇪', '漢字 é 🇩🇪', '漢字 é 🇩🇪'),
        ('👩‍👧 👍🏽 ✈️ \uffff', '👩👧 👍 ✈ �', '👩👧 👍 ✈ �'),
    ],
)
def test_what_was_there_can_be_seen(text: str, label: str, lines: str) -> None:
    assert literal(text) == label
    assert literal_lines(text) == lines


def test_what_was_cut_is_counted() -> None:
    assert literal('x' * 12_345, 10) == 'xxxxxxxxxx … 12,335 more characters'
    assert literal_lines('x' * 12_345, 10) == 'xxxxxxxxxx … 12,335 more characters'
    assert literal('x' * 10, 10) == 'x' * 10


@given(st.text())
def test_literal_text_is_stable(text: str) -> None:
    assert literal(literal(text)) == literal(text)
    assert literal_lines(literal_lines(text)) == literal_lines(text)


@given(st.text(st.characters()))
def test_the_net_keeps_the_width(text: str) -> None:
    segment = Segment(text, Style(bold=True))
    (shown,) = CONTROL_FILTER.apply([segment], Color(0, 0, 0))
    assert not RAW_CONTROL.search(shown.text)
    assert cell_len(shown.text) == cell_len(text)
    assert shown.style == segment.style


class Careless(GuardedApp):
    """Gives text to widgets as no code of ours may."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        yield Static(self._text, markup=False)
        label = Label(self._text, markup=False)
        label.border_title = Content(self._text)
        label.styles.border = ('round', 'red')
        yield label
        tree: Tree[None] = Tree(Text(self._text))
        yield tree


@pytest.mark.parametrize('name', [name for name in PAYLOADS if not re.search('long|many|flood', name)])
async def test_the_net_catches_what_slips_by(name: str) -> None:
    app = Careless(PAYLOADS[name])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        rows = [strip.text for strip in app.screen._compositor.render_strips()]
        assert not any(RAW_CONTROL.search(row) for row in rows)
        app.copy_to_clipboard(PAYLOADS[name])
