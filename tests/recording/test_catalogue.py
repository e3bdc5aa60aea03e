"""The list of the recordings that are kept tells of each what its first and its last lines say."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.recording import EventLog
from pydantic_ai_debug.recording.catalogue import KeptRecording, kept_recordings
from pydantic_ai_debug.tui.present.kept_columns import columns

FAILED = ev.ErrorInfo('builtins.ValueError', 'no', '')


def hello(target: str = 'dir/trip.py', started: str = '2026-11-27T03:29:11+00:00') -> ev.Event:
    return ev.Hello(ev.FORMAT, '', '', target, ('--fast',), started_at=started)


def started(agent: str = 'planner') -> ev.Event:
    return ev.RunStarted('r1', None, None, agent, 'm', 'Go')


def keep(directory: Path, *events: ev.Event, number: int = 1) -> Path:
    path = directory / f'trip-20261127-032911-{number}.jsonl'
    EventLog.create(path).append([encode_event(event, 1.0) for event in events])
    return path


def only(directory: Path) -> KeptRecording:
    (recording,) = kept_recordings(directory)
    return recording


@pytest.mark.parametrize(
    ('events', 'words'),
    [
        ((ev.RunFinished('r1', 'ok', {}, None), ev.Exited(0)), 'finished'),
        ((ev.RunFailed('r1', FAILED), ev.Exited(1)), 'ValueError, exit code 1'),
        ((ev.RunFailed('r1', FAILED), ev.RunFinished('r1', 'ok', {}, None), ev.Exited(3)), 'exit code 3'),
        ((ev.ScriptFailed(FAILED), ev.Exited(1)), 'ValueError, exit code 1'),
        ((ev.Exited(-9),), 'by SIGKILL'),
        ((ev.Output('stdout', 'x' * 200_000), ev.Exited(0)), 'finished'),
        ((), 'not ended'),
    ],
)
def test_how_a_session_ended_is_told(tmp_path: Path, events: tuple[ev.Event, ...], words: str) -> None:
    path = keep(tmp_path, hello(), started(), *events)

    recording = only(tmp_path)

    assert recording.path == path
    assert columns(recording).ended == words
    assert columns(recording).agent == 'planner'
    assert columns(recording).script == 'trip.py --fast'


def test_the_newest_comes_first_and_files_of_other_names_are_not_ours(tmp_path: Path) -> None:
    keep(tmp_path, hello('old.py', '2026-11-26T12:00:00+00:00'), number=1)
    keep(tmp_path, hello('new.py', '2026-11-27T12:00:00+00:00'), number=2)
    keep(tmp_path, hello('untold.py', 'yesterday'), number=3)
    os.utime(tmp_path / 'trip-20261127-032911-3.jsonl', (0, 0))
    (tmp_path / 'mine.jsonl').write_text('{}')

    recordings = kept_recordings(tmp_path)

    assert [recording.target for recording in recordings] == ['new.py', 'old.py', 'untold.py']
    assert recordings[2].started == datetime.fromtimestamp(0)


def test_what_cannot_be_opened_is_listed_with_why(tmp_path: Path) -> None:
    newer = encode_event(ev.Hello(ev.FORMAT + 1, '', '', 'x', ()), 0.0)
    EventLog.create(tmp_path / 'a-20261127-032911-1.jsonl').append([newer])
    (tmp_path / 'b-20261127-032911-2.jsonl').write_text('hello\n')
    (tmp_path / 'c-20261127-032911-3.jsonl').mkdir()

    problems = {recording.path.name[0]: recording.problem for recording in kept_recordings(tmp_path)}

    assert problems == {'a': 'of a newer agent-debug', 'b': 'not a recording', 'c': 'cannot be read'}


def test_a_recording_that_is_cut_or_damaged_is_listed(tmp_path: Path) -> None:
    path = keep(tmp_path, hello(), started(), ev.Exited(0))
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut] + b'\xff' + whole[cut + 1 : -2])
        assert columns(only(tmp_path)).ended in ('not ended', 'not a recording', 'finished', 'of a newer agent-debug')


def test_only_the_ends_of_a_recording_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, hello(), started(), *[ev.Output('stdout', 'x' * 1000)] * 5000, ev.Exited(0))
    read: list[int] = []
    pread = os.pread
    monkeypatch.setattr(os, 'pread', lambda fd, length, at: read.append(length) or pread(fd, length, at))

    assert only(tmp_path).exit_code == 0

    assert sum(read) < 300_000


def test_where_there_is_no_directory_there_are_no_recordings(tmp_path: Path) -> None:
    assert kept_recordings(tmp_path / 'missing') == []
