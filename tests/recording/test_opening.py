"""Opening recordings: whole, cut anywhere, damaged, newer, and files that are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pydantic_ai_debug.protocol.codec import encode_event, numbered
from pydantic_ai_debug.protocol.events import FORMAT, Exited, Hello, Output
from pydantic_ai_debug.recording import (
    EventLog,
    NewerFormatError,
    NotARecordingError,
    RecordingError,
    looks_like_recording,
)

EVENTS = [
    Hello(FORMAT, '3.11.0', '2.0.0', 'script.py', ('--city', 'Zürich')),
    Output('stdout', 'line\nbreak \u2028 🎈'),
    Output('stderr', '\udcff'),
    Exited(0),
]
LINES = [f'{numbered(encode_event(event, index / 10), index)}\n'.encode() for index, event in enumerate(EVENTS)]
WHOLE = b''.join(LINES)


def write(tmp_path: Path, data: bytes, name: str = 'run.jsonl') -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_whole_recording_opens_with_every_event(tmp_path: Path) -> None:
    log = EventLog.open(write(tmp_path, WHOLE))

    assert [record.event for record in log.records()] == EVENTS
    assert log.damage is None


def test_a_recording_cut_anywhere_opens_up_to_the_cut(tmp_path: Path) -> None:
    ends = [len(b''.join(LINES[: count + 1])) for count in range(len(LINES))]
    for cut in range(len(WHOLE) + 1):
        log = EventLog.open(write(tmp_path, WHOLE[:cut]))

        # A last line without its end is whole all the same.
        whole = sum(cut >= end - 1 for end in ends)
        assert [record.event for record in log.records()] == EVENTS[:whole], cut
        assert [log.record(seq).event for seq in range(len(log))] == EVENTS[:whole], cut
        at_an_end = cut in ends or cut + 1 in ends
        assert (log.damage is None) == at_an_end, cut


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_recording_opens_unless_its_first_line_is_hit(
    tmp_path_factory: pytest.TempPathFactory, position: int, noise: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / 'damaged.jsonl'
    path.write_bytes(WHOLE[:position] + noise + WHOLE[position + len(noise) :])
    try:
        log = EventLog.open(path)
    except NotARecordingError:
        # The first line is what was hit.
        assert position < len(LINES[0])
        return
    assert [record.seq for record in log.records()] == list(range(len(log)))


def test_damage_is_told_with_its_place(tmp_path: Path) -> None:
    log = EventLog.open(write(tmp_path, LINES[0] + b'\0\0\0\0\n' + LINES[2]))

    assert len(log) == 1
    assert log.damage == f'the recording is damaged (line 2, byte {len(LINES[0])})'


def test_a_missing_line_ends_the_recording(tmp_path: Path) -> None:
    log = EventLog.open(write(tmp_path, LINES[0] + LINES[2]))

    assert len(log) == 1
    assert log.damage is not None
    assert 'expected seq 1' in log.damage


def test_a_recording_written_by_another_tool_opens_as_well(tmp_path: Path) -> None:
    spaced = b'{ "event": "exited", "time": 1, "code": 0, "seq": 1 }\r\n'

    log = EventLog.open(write(tmp_path, LINES[0] + spaced))

    assert log.record(1).event == Exited(0)
    assert log.damage is None


def test_a_recording_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    newer = LINES[0].replace(b'"format":%d' % FORMAT, b'"format":%d,"argv2":{}' % (FORMAT + 1))

    with pytest.raises(NewerFormatError, match=r'newer agent-debug.*upgrade'):
        EventLog.open(write(tmp_path, newer + LINES[1]))


@pytest.mark.parametrize(
    'data',
    [
        b'hello\n',
        b'hello',
        b'{"a": 1}\n',
        b'[1]\n',
        b'print("x")\n',
        LINES[1],
        b'{"seq":0,"event":"hello","time":0}\n',
        b'\xff\xfe\0\n',
        b'\n',
    ],
)
def test_something_else_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotARecordingError, match='not a recording'):
        EventLog.open(write(tmp_path, data))


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match='No such file'):
        EventLog.open(tmp_path / 'missing.jsonl')
    with pytest.raises(RecordingError, match='not a file'):
        EventLog.open(tmp_path)


def test_opening_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE[:-5])
    path.chmod(0o400)
    before = path.stat()

    log = EventLog.open(path)
    list(log.records())

    assert path.read_bytes() == WHOLE[:-5]
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_recording_is_known_by_its_name_or_its_first_bytes(tmp_path: Path) -> None:
    assert looks_like_recording(write(tmp_path, WHOLE, 'no-suffix'))
    assert looks_like_recording(write(tmp_path, b'', 'empty.jsonl'))
    assert not looks_like_recording(write(tmp_path, b'print("hi")\n', 'script.py'))
    assert not looks_like_recording(write(tmp_path, b'', 'empty.py'))
    assert not looks_like_recording(tmp_path)
    assert not looks_like_recording(tmp_path / 'missing')


def test_a_large_recording_is_indexed_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / 'large.jsonl'
    with path.open('wb') as file:
        file.write(LINES[0])
        for seq in range(1, 2001):
            line = numbered(encode_event(Output('stdout', 'x' * 3000), 1.0), seq)
            file.write(f'{line}\n'.encode())

    log = EventLog.open(path)

    assert len(log) == 2001
    assert log.record(2000).seq == 2000
    assert sum(1 for _ in log.records()) == 2001
    assert max(len(block) for block in log.blocks()) < 2 << 20
    assert os.path.getsize(path) == sum(len(block) for block in log.blocks())
