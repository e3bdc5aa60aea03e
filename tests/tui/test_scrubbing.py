"""Going through a recording: states as they were, at every moment, forward and back; what the screen says of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from snapshots import screen_text
from stage import RECORDINGS, main_screen, recording_app, settled, until
from textual.pilot import Pilot

from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import RowKey
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.tui import scrubbing
from pydantic_ai_debug.tui.app import DebuggerApp
from pydantic_ai_debug.tui.panes import PANES
from pydantic_ai_debug.tui.playback import Playback
from pydantic_ai_debug.tui.playing import LONGEST_WAIT, Player
from pydantic_ai_debug.tui.scrubbing import Scrubber

NAMES = ('paused', 'trip', 'failed', 'streaming')


def read_scrubber(path: Path) -> Scrubber:
    scrubber = Scrubber(EventLog.open(path))
    while scrubber.feed.advance(1.0):
        pass
    return scrubber


def state_at(log: EventLog, place: int) -> SessionState:
    state = SessionState()
    for record in log.records(0, place):
        state = reduce(state, record)
    return state


def walk(scrubber: Scrubber, move: scrubbing.Move) -> Iterator[SessionState]:
    while not scrubber.move(move, RowKey()):
        yield scrubber.state


@pytest.mark.parametrize('name', NAMES)
def test_every_moment_is_the_state_as_it_was_forward_and_back(name: str) -> None:
    scrubber = read_scrubber(RECORDINGS / f'{name}.jsonl')
    end = scrubber.state
    back = list(walk(scrubber, 'previous_moment'))
    assert back
    for state in back:
        assert state == state_at(scrubber.log, state.count)
    forward = list(walk(scrubber, 'next_moment'))
    assert scrubber.moment is None
    assert forward[-1] is end
    for state in forward:
        assert state == state_at(scrubber.log, state.count)
    inside = [state.count for state in walk(scrubber, 'previous_hit')]
    assert all(later > earlier for later, earlier in pairwise(inside))
    inside = [state.count for state in walk(scrubber, 'inside')]
    assert {state.count for state in forward} <= {*inside}


def test_what_is_gone_back_to_does_not_change_what_comes_after() -> None:
    scrubber = read_scrubber(RECORDINGS / 'trip.jsonl')
    end = state_at(scrubber.log, len(scrubber.log))
    for place in (3, 90, 20, 60, 5, 100, 7):
        scrubber.go(place)
        assert scrubber.state == state_at(scrubber.log, place)
    assert scrubber.feed.state == end


def test_a_row_is_gone_to_where_it_is_about_to_begin() -> None:
    scrubber = read_scrubber(RECORDINGS / 'trip.jsonl')
    (run,) = scrubber.state.roots
    assert scrubber.move('to_row', RowKey(run, 2, 'call_f1')) == ''
    node = scrubber.state.runs[run].nodes[2]
    assert [tool.call for tool in node.tools] == ['call_w1']
    assert [tool.call for tool in node.planned][:1] == ['call_f1']
    assert scrubber.move('to_row', RowKey(run, 2, 'call_f1')) == 'This is where it begins'
    assert scrubber.move('to_row', RowKey(run, 1)) == ''
    assert scrubber.state.runs[run].stops[0].kind == 'ModelRequestNode'
    assert scrubber.move('to_row', RowKey(run, 2, 'call_f1')) == '', 'it is still to come'
    assert scrubber.move('to_row', RowKey(run)) == ''
    assert scrubber.state.runs[run].stops[0].kind == 'UserPromptNode'
    assert scrubber.move('to_row', RowKey()) != ''


def test_while_a_recording_is_read_one_goes_as_far_as_that() -> None:
    scrubber = Scrubber(EventLog.open(RECORDINGS / 'trip.jsonl'))
    assert scrubber.move('next_moment', RowKey()) == scrubbing.STILL_READING
    while scrubber.feed.advance(1.0):
        pass
    assert scrubber.move('next_moment', RowKey()) == scrubbing.AT_END
    assert list(walk(scrubber, 'previous_moment'))
    assert scrubber.move('previous_moment', RowKey()) == scrubbing.AT_START


# Playing


def written(tmp_path: Path, *events: tuple[float, ev.Event]) -> Path:
    log = EventLog.create(tmp_path / 'run.jsonl')
    log.append([encode_event(event, at) for at, event in events])
    assert log.path is not None
    return log.path


def test_what_is_played_comes_at_its_recorded_pace(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        (0.0, ev.Hello(1, '', '', 'x.py', ())),
        (1.0, ev.RunStarted('r1', None, None, 'a', 'm', 'Go')),
        (1.0, ev.NodeStarted('r1', 0, 'ModelRequestNode')),
        (1.2, ev.Stream('r1', 0, {})),
        (1.5, ev.Stream('r1', 0, {})),
        (61.5, ev.NodeFinished('r1', 0, 'ModelRequestNode', 60.5, 'CallToolsNode')),
        (61.5, ev.Stopped('r1', 1, 'boundary', 'CallToolsNode')),
        (99.0, ev.Resumed('r1', 1, 'boundary')),
        (99.5, ev.Exited(0)),
    )
    scrubber = read_scrubber(path)
    scrubber.go_to_start()
    player = Player(scrubber, 100.0)
    seen: list[int] = []
    for late in (0.0, 0.1, 0.21, 0.49, 0.51, 0.5 + LONGEST_WAIT - 0.01, 0.5 + LONGEST_WAIT + 0.01):
        assert player.advance(100.0 + late)
        seen.append(scrubber.state.count)
    assert seen == [3, 3, 4, 4, 5, 5, 8], 'a long wait is shortened, and at a stop nothing is waited for'
    assert not player.advance(103.0)
    assert scrubber.moment is None
    assert scrubber.state is scrubber.feed.state


# On the screen


def header(pilot: Pilot[int]) -> str:
    return screen_text(pilot.app).splitlines()[0]


async def shown_moment(pilot: Pilot[int], key: str, words: str) -> None:
    await pilot.press(key)
    await until(pilot, lambda: words in header(pilot))


@pytest.mark.parametrize('size', [(200, 50), (120, 36), (80, 24)], ids=lambda size: f'{size[0]}x{size[1]}')
async def test_the_header_says_where_one_is_and_what_was_then(size: tuple[int, int]) -> None:
    app = recording_app('trip')
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert ' of 10' not in header(pilot)
        await shown_moment(pilot, 'N', 'moment 10 of 10')
        assert 'paused before End' in header(pilot)
        await shown_moment(pilot, 'N', 'moment 9 of 10')
        await shown_moment(pilot, 'C', 'moment 1 of 10')
        assert 'paused before UserPromptNode' in header(pilot)
        await shown_moment(pilot, 'n', 'moment 2 of 10')
        assert 'paused before ModelRequestNode' in header(pilot)
        assert main_screen(app).situation.selected.node == 1
        await pilot.press('c')
        await until(pilot, lambda: ' of 10' not in header(pilot))
        assert 'finished' in header(pilot)
        await pilot.press('n')
        await until(pilot, lambda: 'ends here' in screen_text(app))


@pytest.mark.parametrize('name', NAMES)
async def test_going_back_and_on_again_shows_what_was_shown_before(name: str) -> None:
    app = recording_app(name)
    async with app.run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        shown: list[str] = []
        for move in ('previous_hit', *['next_moment'] * 3, *['previous_moment'] * 3):
            app._playback.move(move)  # type: ignore[union-attr, arg-type]
            await settled_at(pilot)
            shown.append(screen_text(app))
        first, *on, _, _, again = shown
        assert again == first
        assert shown[4] == on[1]
        assert len({*shown[:4]}) == 4


@pytest.mark.parametrize('number', range(1, len(PANES) + 1))
async def test_each_pane_shows_at_every_moment_what_it_shows_when_it_first_comes_there(number: int) -> None:
    """A pane that keeps something from state to state must not keep what is still to come."""
    moved, fresh = recording_app('trip'), recording_app('trip')
    async with moved.run_test(size=(80, 24)) as pilot:
        await pilot.press(str(number))
        await settled(pilot)
        texts: list[tuple[int, str]] = []
        while not moved._playback.scrubber.move('previous_moment', RowKey()):  # type: ignore[union-attr]
            moved._playback.draw(moved=True)  # type: ignore[union-attr]
            await settled_at(pilot)
            texts.append((main_screen(moved).situation.state.count, without_tabs(moved)))
    async with fresh.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        scrubber = fresh._playback.scrubber  # type: ignore[union-attr]
        scrubber.go_to_start()
        fresh._playback.draw(moved=True)  # type: ignore[union-attr]
        await pilot.press(str(number))
        for place, text in reversed(texts):
            scrubber.go(place)
            fresh._playback.draw(moved=True)  # type: ignore[union-attr]
            await settled_at(pilot)
            assert without_tabs(fresh) == text


def without_tabs(app: DebuggerApp) -> str:
    """The screen, but for the dots that say which panes have changed unseen."""
    lines = screen_text(app).splitlines()
    return '\n'.join([lines[0], *lines[2:]])


async def settled_at(pilot: Pilot[int]) -> None:
    """Wait until nothing moves."""
    text = ''
    while text != (text := screen_text(pilot.app)):
        await pilot.pause(0.02)


async def test_a_recording_plays_from_its_beginning_until_a_key_is_pressed(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        (0.0, ev.Hello(1, '', '', 'x.py', ())),
        (0.1, ev.RunStarted('r1', None, None, 'a', 'm', 'Go')),
        (0.1, ev.NodeStarted('r1', 0, 'UserPromptNode')),
        (0.2, ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'ModelRequestNode')),
        (0.2, ev.NodeStarted('r1', 1, 'ModelRequestNode')),
        # Far longer than the test takes on any machine.
        *((0.3 + 0.3 * number, ev.Output('stdout', f'line {number}')) for number in range(200)),
        (61.0, ev.RunFinished('r1', 'done', {}, None)),
    )
    app = DebuggerApp(EventLog.open(path))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await shown_moment(pilot, 'P', '▶')
        await until(pilot, lambda: main_screen(app).situation.state.count > 5)
        await shown_moment(pilot, 'P', 'moment ')
        place = main_screen(app).situation.state.count
        assert place < len(app._feed.log)
        await shown_moment(pilot, 'P', '▶')
        await until(pilot, lambda: main_screen(app).situation.state.count > place)
        await shown_moment(pilot, 'N', 'moment ')
        assert not main_screen(app).situation.playing


async def test_a_run_that_nobody_stepped_is_gone_through_as_well(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        (0.0, ev.Hello(1, '', '', 'x.py', ())),
        (1.0, ev.RunStarted('r1', None, None, 'a', 'm', 'Go')),
        (1.1, ev.NodeStarted('r1', 0, 'UserPromptNode')),
        (1.2, ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'ModelRequestNode')),
        (1.3, ev.NodeStarted('r1', 1, 'ModelRequestNode')),
        (1.4, ev.NodeFinished('r1', 1, 'ModelRequestNode', 0.1, 'End')),
        (1.5, ev.RunFinished('r1', 'done', {}, None)),
        (1.6, ev.Exited(0)),
    )
    app = DebuggerApp(EventLog.open(path))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await shown_moment(pilot, 'N', 'before End')
        await shown_moment(pilot, 'N', 'running · before ModelRequestNode')
        assert main_screen(app).situation.selected == RowKey('r1', 1)
        await shown_moment(pilot, 'n', 'before End')


async def test_the_first_node_has_its_name_before_it_runs(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        (0.0, ev.Hello(1, '', '', 'x.py', ())),
        (1.0, ev.RunStarted('r1', None, None, 'a', 'm', 'Go')),
        (1.1, ev.State('r1', 0, usage={}, run_step=0)),
        (1.2, ev.NodeStarted('r1', 0, 'UserPromptNode')),
        (1.3, ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'End')),
        (1.5, ev.RunFinished('r1', 'done', {}, None)),
    )
    app = DebuggerApp(EventLog.open(path))
    async with app.run_test(size=(120, 36)) as pilot:
        await settled(pilot)
        await shown_moment(pilot, 'N', 'before End')
        await shown_moment(pilot, 'N', 'running · before UserPromptNode')
        await settled_at(pilot)
        shown = screen_text(app)
        assert '└─○ UserPromptNode' in shown
        assert 'Stream · UserPromptNode' in shown


# Reading


def large_recording(path: Path, writes: int) -> Path:
    log = EventLog.create(path)
    lines = [
        ev.Hello(ev.FORMAT, '', '', 'x.py', ()),
        ev.RunStarted('r1', None, None, 'a', 'm', 'Go'),
        ev.NodeStarted('r1', 0, 'UserPromptNode'),
        *[ev.Output('stdout', 'x' * 1000)] * writes,
        ev.NodeFinished('r1', 0, 'UserPromptNode', 0.1, 'End'),
        ev.RunFinished('r1', 'done', {}, None),
        ev.Exited(0),
    ]
    log.append([encode_event(line, seq / 1000) for seq, line in enumerate(lines)])
    return path


async def test_the_first_frame_does_not_wait_for_the_lines_of_a_large_recording(tmp_path: Path) -> None:
    log = EventLog.open_beginning(large_recording(tmp_path / 'run.jsonl', 6000))
    known: list[bool] = []
    app = DebuggerApp(log, on_first_frame=lambda: known.append(log.indexed))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: 'finished' in header(pilot))
        assert known == [False]
        assert log.indexed
        assert main_screen(app).situation.state.count == len(log) == 6006
        assert main_screen(app).situation.read is None
        assert 'reading' not in header(pilot)


async def test_what_was_read_can_be_gone_through_while_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody finds the other lines before the test does.
    monkeypatch.setattr(Playback, 'start', lambda _: None)
    log = EventLog.open_beginning(large_recording(tmp_path / 'run.jsonl', 6000))
    app = DebuggerApp(log)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: 'reading' in header(pilot) and not app._feed.behind)
        await pilot.press('N')
        await until(pilot, lambda: 'before UserPromptNode' in header(pilot))
        await pilot.press('n')
        await until(pilot, lambda: scrubbing.STILL_READING in screen_text(app))
        while log.index_more():
            pass
        app._on_change()
        await until(pilot, lambda: 'moment 1 of 2' in header(pilot))
        await shown_moment(pilot, 'n', 'moment 2 of 2')
