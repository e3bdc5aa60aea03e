"""Recordings of every format there ever was open as if they had been made today."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.events import FORMAT
from pydantic_ai_debug.recording import EventLog, NewerFormatError, NotARecordingError, upgrades

FORMATS = Path(__file__).parents[1] / 'recordings' / 'formats'


def write(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text(''.join(json.dumps({'seq': seq, **line}) + '\n' for seq, line in enumerate(lines)))
    return path


def hello(written: int) -> dict[str, object]:
    return {'event': 'hello', 'time': 0, 'format': written, 'python': '', 'pydantic_ai': '', 'target': 'x', 'argv': []}


@pytest.fixture
def two_formats_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `exited` had been `ended`, then `exited` with a `status`, before it was what it is."""

    def rename(line: upgrades.Line) -> upgrades.Line:
        return {**line, 'event': 'exited'} if line.get('event') == 'ended' else line

    def number(line: upgrades.Line) -> upgrades.Line:
        return {**line, 'code': line.get('status')} if line.get('event') == 'exited' else line

    monkeypatch.setattr(upgrades, 'FORMAT', FORMAT + 2)
    monkeypatch.setattr(upgrades, 'STEPS', {FORMAT: rename, FORMAT + 1: number})


@pytest.mark.usefixtures('two_formats_later')
@pytest.mark.parametrize(
    ('written', 'line'),
    [
        (FORMAT, {'event': 'ended', 'status': 3}),
        (FORMAT + 1, {'event': 'exited', 'status': 3}),
        (FORMAT + 2, {'event': 'exited', 'code': 3}),
    ],
)
def test_a_recording_of_an_older_format_goes_through_the_steps_that_it_lacks(
    tmp_path: Path, written: int, line: dict[str, object]
) -> None:
    log = EventLog.open(write(tmp_path / 'old.jsonl', hello(written), {'time': 1.0, **line}))

    assert log.record(1).event == ev.Exited(3)
    assert [record.event for record in log.records(1)] == [ev.Exited(3)]
    assert log.damage is None


@pytest.mark.usefixtures('two_formats_later')
def test_an_older_recording_is_not_changed_by_reading_it(tmp_path: Path) -> None:
    path = write(tmp_path / 'old.jsonl', hello(FORMAT), {'event': 'ended', 'time': 1.0, 'status': 3})
    before = path.read_bytes()

    log = EventLog.open(path)
    list(log.records())

    assert path.read_bytes() == before
    assert b''.join(log.sound_blocks()) == before, 'what is copied says its own format'


def test_there_is_a_step_from_each_format_to_the_next() -> None:
    assert sorted(upgrades.STEPS) == list(range(upgrades.OLDEST, FORMAT))


def test_one_recording_of_each_format_is_kept_and_opens() -> None:
    kept = {path.stem: path for path in FORMATS.glob('*.jsonl')}
    assert sorted(kept) == [str(number) for number in range(upgrades.OLDEST, FORMAT + 1)]
    for path in kept.values():
        log = EventLog.open(path)
        events = [record.event for record in log.records()]
        assert log.damage is None
        assert not [event for event in events if isinstance(event, (ev.Unknown, ev.Fault))]
        assert isinstance(events[-1], ev.Exited)


@pytest.mark.parametrize('written', [FORMAT + 1, 10**9])
def test_a_newer_format_is_refused_with_what_to_do(tmp_path: Path, written: int) -> None:
    with pytest.raises(NewerFormatError, match=rf'newer agent-debug \(format {written}; .*upgrade pydantic-ai-debug$'):
        EventLog.open_beginning(write(tmp_path / 'new.jsonl', hello(written)))


@pytest.mark.parametrize('written', [0, -1, True, 1.5, '1', None])
def test_what_was_never_a_format_is_refused(tmp_path: Path, written: object) -> None:
    with pytest.raises(NotARecordingError):
        EventLog.open_beginning(write(tmp_path / 'odd.jsonl', {**hello(1), 'format': written}))
