"""Whatever becomes of a recording, it opens as far as it goes or is refused in one line; nothing hangs or raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pydantic_ai_debug.model.moments import MomentIndex
from pydantic_ai_debug.model.outline import Outline
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.selectors import headline, newest_row, total_cost, whole_cost
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.events import FORMAT, Exited, Fault, Hello, Output
from pydantic_ai_debug.recording import EventLog, NewerFormatError, NotARecordingError, scan

from .damage import cut, flipped, rewritten

SEEDS = 100
MEGABYTE = 1 << 20
LONG_LINE = 50 * MEGABYTE
HELLO = encode_event(Hello(FORMAT, '', '', 'x.py', ()), 0.0)


def opened(path: Path) -> EventLog | None:
    """The recording; None where it is refused, in one line."""
    try:
        return EventLog.open(path)
    except (NotARecordingError, NewerFormatError) as error:
        problem = str(error)
    assert '\n' not in problem
    return None


def read(log: EventLog) -> SessionState:
    """Everything that is made of a recording, but for drawing it."""
    state, index, outline = SessionState(), MomentIndex(), Outline()
    for record in log.records():
        state = reduce(state, record)
        index.add(record)
        assert state.count == record.seq + 1
        if state.count % 50 == 0:
            outline.update(state)
    outline.update(state)
    headline(state, newest_row(state).run)
    total_cost(state)
    for run in state.runs.values():
        whole_cost(state, run)
    assert b''.join(log.sound_blocks()).count(b'\n') == len(log)
    return state


@pytest.mark.parametrize('damaged', [cut, flipped, rewritten], ids=lambda damaged: damaged.__name__)
def test_a_damaged_recording_opens_as_far_as_it_goes(tmp_path: Path, damaged: Callable[[int], bytes]) -> None:
    path = tmp_path / 'run.jsonl'
    refused = 0
    for seed in range(SEEDS):
        data = damaged(seed)
        path.write_bytes(data)
        log = opened(path)
        refused += log is None
        if log is not None:
            assert read(log).count == len(log)
            assert log.damage is not None or len(log) in (data.count(b'\n'), data.count(b'\n') + 1)
    assert refused < SEEDS / 2


@pytest.mark.parametrize('seed', range(0, SEEDS, 10))
def test_what_is_before_a_cut_is_all_there(tmp_path: Path, seed: int) -> None:
    path = tmp_path / 'run.jsonl'
    data = cut(seed)
    path.write_bytes(data)
    log = opened(path)
    assert log is not None
    assert len(log) >= data.count(b'\n')
    assert log.damage is None or f'line {len(log) + 1}, byte ' in log.damage


@pytest.mark.parametrize('ends', [True, False], ids=['whole', 'cut'])
@pytest.mark.parametrize('spaced', [False, True], ids=['ours', "another tool's"])
def test_a_line_of_50_megabytes_is_one_line(tmp_path: Path, spaced: bool, ends: bool) -> None:
    path = tmp_path / 'run.jsonl'
    log = EventLog.create(path)
    log.append([HELLO, encode_event(Output('stdout', 'x' * LONG_LINE), 1.0), encode_event(Exited(0), 2.0)])
    data = path.read_bytes()
    if spaced:
        data = data.replace(b'{"seq":1,', b'{ "seq": 1, ')
    path.write_bytes(data if ends else data[:LONG_LINE])

    log = EventLog.open(path)

    assert len(log) == (3 if ends else 1)
    assert (log.damage is None) == ends
    assert read(log).exit_code == (0 if ends else None)


@pytest.mark.parametrize('begin', [HELLO.encode()[:-1] + b',"x":"', b'{"x":"', b'', b' ', b'\xff'])
def test_a_first_line_of_50_megabytes_is_refused(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / 'run.jsonl'
    path.write_bytes(begin + (b' ' if begin == b' ' else b'x') * LONG_LINE)

    assert opened(path) is None


def test_a_line_too_long_to_be_looked_at_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, '_LONGEST_ODD_LINE', 1000)
    path = tmp_path / 'run.jsonl'
    log = EventLog.create(path)
    log.append([HELLO])
    path.write_bytes(path.read_bytes() + b'{ "seq": 1, "event": "output", "time": 1, "text": "' + b'x' * 2000 + b'"}\n')

    log = EventLog.open(path)

    assert len(log) == 1
    assert log.damage is not None
    assert 'a line of 2,0' in log.damage


@pytest.mark.parametrize('size', [MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 3 * MEGABYTE])
def test_lines_are_found_wherever_a_block_ends(tmp_path: Path, size: int) -> None:
    path = tmp_path / 'run.jsonl'
    log = EventLog.create(path)
    log.append([HELLO])
    begun = path.stat().st_size
    line = encode_event(Output('stdout', ''), 1.0)
    room = size - begun - len(line) - len('"seq":1,') - 1
    log.append([encode_event(Output('stdout', 'x' * room), 1.0), encode_event(Exited(0), 2.0)])
    assert path.stat().st_size - len(log.raw(2)) - 1 == size

    again = EventLog.open(path)

    assert [type(record.event) for record in again.records()] == [Hello, Output, Exited]


def test_a_file_that_shrinks_while_it_is_read_ends_there(tmp_path: Path) -> None:
    path = tmp_path / 'run.jsonl'
    log = EventLog.create(path)
    log.append([HELLO, *[encode_event(Output('stdout', 'x' * 1000), 1.0)] * 6000])
    beginning = EventLog.open_beginning(path)
    assert not beginning.indexed
    path.write_bytes(path.read_bytes()[: 3 * MEGABYTE])

    while beginning.index_more():
        pass

    assert beginning.indexed
    assert beginning.damage is not None
    assert not [record for record in beginning.records() if isinstance(record.event, Fault)]
