"""The Console pane: the script's output in order, without its escape sequences, and its input."""

from __future__ import annotations

import pytest
from hostile import PAYLOADS, RAW_CONTROL
from pane_host import HELLO, PaneHost, settled, until_shown
from textual.widgets import Input

from pydantic_ai_debug.model.console_text import EscapeStripper, overwritten
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.tui.panes import console
from pydantic_ai_debug.tui.panes.base import Pane
from pydantic_ai_debug.tui.panes.console import ConsolePane


def out(text: str) -> ev.Output:
    return ev.Output('stdout', text)


def err(text: str) -> ev.Output:
    return ev.Output('stderr', text)


async def shown_after(*events: ev.Event, live: bool = True) -> str:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, *events, live=live)
        return await settled(pilot)


async def test_both_streams_are_shown_in_order() -> None:
    shown = await shown_after(out('one\ntw'), out('o\n'), err('warning\n'), out('three\n'))
    assert shown.startswith('one\ntwo\nwarning\nthree\n')


@pytest.mark.parametrize(
    ('chunks', 'lines'),
    [
        (['10%\r', '50%\r', '100%\ndone\n'], ['100%', 'done']),
        (['\r10%', '\r50%', '\r100%', '\ndone\n'], ['100%', 'done']),
        (['windows\r', '\nlines\r\n'], ['windows', 'lines']),
        (['before\n', 'long text\rsho', 'rt\n', 'after\n'], ['before', 'shorttext', 'after']),
        (['\x1b[31', 'mred\x1b[0m plain\n'], ['red plain']),
        (['\x1b]0;title\x07text\n'], ['text']),
    ],
    ids=['at the end', 'at the start', 'line ends', 'shorter', 'cut colours', 'title'],
)
async def test_carriage_returns_rewrite_and_escape_sequences_go(chunks: list[str], lines: list[str]) -> None:
    shown = await shown_after(*map(out, chunks))
    assert shown.splitlines()[: len(lines)] == lines


async def test_a_progress_bar_of_any_length_stays_one_line() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, out('start\n'))
        for place in range(0, 1000, 50):
            app.feed(*[out(f'\r{number:04}') for number in range(place, place + 50)])
        app.feed(out('\nend\n'))
        assert (await until_shown(pilot, 'end')).startswith('start\n0999\nend')


async def test_a_typed_line_feeds_the_script_and_ctrl_d_ends_its_input() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, out('Name? '))
        app.pane.query_one(Input).focus()
        await pilot.press(*'Ada', 'enter')
        assert 'Name? Ada' in await settled(pilot)
        await pilot.press('ctrl+d')
        assert "the script's stdin is closed" in await settled(pilot)
        assert app.messages == [Pane.StdinSubmitted('Ada\n'), Pane.StdinSubmitted(None)]


async def test_an_empty_input_gives_the_keys_back_once_a_run_waits() -> None:
    started = ev.RunStarted('r1', None, None, 'agent', 'model', 'x')
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, out('name? '))
        await settled(pilot)
        field = app.query_one(Input)
        field.focus()
        await pilot.press('a')
        app.feed(started, ev.Stopped('r1', 0, 'boundary', 'UserPromptNode'))
        await settled(pilot)
        assert field.has_focus, 'a line that is being typed is not interrupted'
        await pilot.press('enter')
        app.feed(ev.Resumed('r1', 0, 'boundary'), ev.Stopped('r1', 1, 'boundary', 'ModelRequestNode'))
        await settled(pilot)
        assert not field.has_focus


async def test_where_there_is_no_input_it_says_why() -> None:
    assert 'a recording: its script takes no input' in await shown_after(out('x'), live=False)
    assert 'the script has ended with exit code 3' in await shown_after(out('x'), ev.Exited(3))


async def test_an_empty_pane_says_what_fills_it() -> None:
    assert 'has written nothing yet' in await shown_after()
    assert 'The script wrote nothing' in await shown_after(ev.Exited(0))


async def test_of_a_long_output_the_end_is_shown_and_the_rest_is_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(console, 'MAX_BACKLOG', 100)
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, *[out(f'line {number}\n') for number in range(500)])
        await until_shown(pilot, 'line 499')
        assert app.pane.plain_text().startswith('… 400 writes before this are not shown')
        assert 'line 400\n' in app.pane.plain_text()


async def test_a_flood_is_shown_bit_by_bit() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, *[out(f'line {number}\n') for number in range(2_000)])
        await until_shown(pilot, 'line 1999')


async def test_a_restarted_script_starts_with_an_empty_console() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, out('old\n'), out('old\n'), ev.Exited(0))
        await settled(pilot)
        app.restart(HELLO, out('new\n'))
        shown = await settled(pilot)
        assert shown.startswith('new\n')
        assert 'old' not in shown


async def test_searching_and_copying_see_the_text() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        app.feed(HELLO, out('a needle\n'))
        await settled(pilot)
        assert app.pane.search('needle')
        assert not app.pane.search('haystack')
        assert app.pane.plain_text() == 'a needle'


async def test_hostile_text_is_drawn_literally() -> None:
    app = PaneHost(ConsolePane)
    async with app.run_test(size=(60, 12)) as pilot:
        for payload in PAYLOADS.values():
            app.restart(HELLO)
            await pilot.pause()
            app.feed(out(payload), err(payload), out(payload[: len(payload) // 2]))
            assert not RAW_CONTROL.search((await settled(pilot)).replace('\n', ''))


@pytest.mark.parametrize('cut', range(12))
def test_an_escape_sequence_may_be_cut_anywhere(cut: int) -> None:
    text, stripper = 'a\x1b[1;31mb\x1b(Bc', EscapeStripper()
    assert stripper.feed(text[:cut]) + stripper.feed(text[cut:]) == 'abc'


def test_a_sequence_that_never_ends_is_let_go() -> None:
    stripper = EscapeStripper()
    shown = ''.join(stripper.feed(chunk) for chunk in ['\x1b]', *['x' * 1000] * 10])
    assert shown.count('x') > 5_000


@pytest.mark.parametrize(
    ('line', 'expected'), [('abc', 'abc'), ('abc\r', 'abc'), ('abc\rX', 'Xbc'), ('\rabc\r\rde', 'dec'), ('', '')]
)
def test_a_carriage_return_goes_back_to_the_start(line: str, expected: str) -> None:
    assert overwritten(line) == expected


async def test_what_a_logpoint_prints_stands_among_the_output_and_is_told_from_it() -> None:
    logged = ev.Logged('r1', 2, 'tool:* log x', 'city [red]Paris[/]\nsecond\x1b[2J\n')
    shown = await shown_after(out('one\n'), logged, out('half a line'), logged, out('and on\r'), logged, out('two\n'))
    lines = shown.splitlines()
    assert lines[:4] == ['one', '» city [red]Paris[/]', '» second␛[2J', 'half a line']
    assert lines[6:10] == ['and on', '» city [red]Paris[/]', '» second␛[2J', 'two']
