"""The event log while a session writes it: order, privacy, other threads, and disks that fail."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from pydantic_ai_debug.protocol.codec import encode_event
from pydantic_ai_debug.protocol.events import FORMAT, Fault, Hello, Output
from pydantic_ai_debug.recording import EventLog, RecordingError, storage

HELLO = encode_event(Hello(FORMAT, '3.11.0', '2.0.0', 'script.py', ()), 0.0)


def output_line(text: str) -> str:
    return encode_event(Output('stdout', text), 1.0)


def test_lines_are_numbered_and_read_back(tmp_path: Path) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    log.append([HELLO, output_line('a')])
    log.append([output_line('b')])

    assert len(log) == 3
    assert [record.seq for record in log.records()] == [0, 1, 2]
    assert log.record(2).event == Output('stdout', 'b')
    assert json.loads(log.raw(1))['text'] == 'a'
    assert [record.seq for record in log.records(1, 2)] == [1]
    assert b''.join(log.blocks()) == (tmp_path / 'run.jsonl').read_bytes()


def test_a_line_is_in_the_file_before_a_reader_sees_it(tmp_path: Path) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    log.append([HELLO])

    assert len((tmp_path / 'run.jsonl').read_bytes().splitlines()) == len(log)


def test_a_log_without_a_file_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    log = EventLog.create(None)
    log.append([HELLO])

    assert log.path is None
    assert list(tmp_path.iterdir()) == []
    assert isinstance(log.record(0).event, Hello)


def test_a_recording_is_its_owners_alone(tmp_path: Path) -> None:
    old_mask = os.umask(0)
    try:
        path = tmp_path / 'new' / 'run.jsonl'
        EventLog.create(path)
    finally:
        os.umask(old_mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_there_is_no_line_beyond_the_last(tmp_path: Path) -> None:
    log = EventLog.create(None)
    log.append([HELLO])

    for seq in (-1, 1):
        with pytest.raises(IndexError):
            log.record(seq)


def test_a_new_recording_takes_the_place_of_an_old_one_that_is_still_being_read(tmp_path: Path) -> None:
    path = tmp_path / 'run.jsonl'
    old = EventLog.create(path)
    old.append([HELLO, output_line('old')])

    new = EventLog.create(path)
    new.append([HELLO, output_line('new')])

    assert old.record(1).event == Output('stdout', 'old')
    assert EventLog.open(path).record(1).event == Output('stdout', 'new')


@pytest.mark.parametrize('name', ['script.py', 'data.jsonl'])
def test_a_file_that_is_no_recording_is_not_overwritten(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"important": true}\n')

    with pytest.raises(RecordingError, match='not a recording'):
        EventLog.create(path)

    assert path.read_text() == '{"important": true}\n'


def test_a_directory_cannot_be_recorded_to(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        EventLog.create(tmp_path)


class FullDisk:
    """A file that takes only so many bytes, and may take part of a line before it fails."""

    def __init__(self, room: int) -> None:
        self.room = room

    def pwrite(self, fd: int, data: memoryview, position: int) -> int:
        if position >= self.room:
            raise OSError(28, 'No space left on device')
        return os_pwrite(fd, data[: self.room - position], position)


os_pwrite = os.pwrite


def test_a_full_disk_does_not_stop_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'run.jsonl'
    log = EventLog.create(path)
    log.append([HELLO])
    room = path.stat().st_size + 10

    with monkeypatch.context() as full:
        full.setattr(storage.os, 'pwrite', FullDisk(room).pwrite)
        log.append([output_line('a'), output_line('b')])
        log.append([output_line('c')])
    log.append([output_line('d')])

    assert log.write_error == 'No space left on device'
    assert [getattr(record.event, 'text', None) for record in log.records()] == [None, 'a', 'b', 'c', 'd']
    assert [json.loads(log.raw(seq))['seq'] for seq in range(len(log))] == [0, 1, 2, 3, 4]
    assert len(EventLog.open(path)) == 1, 'no half line is left in the file'


def test_no_room_anywhere_still_keeps_the_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    monkeypatch.setattr(storage.os, 'pwrite', FullDisk(0).pwrite)

    log.append([HELLO])
    log.append([output_line('a')])

    assert log.record(1).event == Output('stdout', 'a')


def test_a_line_that_does_not_decode_reads_as_a_fault() -> None:
    log = EventLog.create(None)
    log.append(['{"event":"output","time":0,"stream":"nowhere"}'])

    event = log.record(0).event

    assert isinstance(event, Fault)
    assert 'line 1' in event.message


def test_a_reader_in_another_thread_sees_whole_lines_only(tmp_path: Path) -> None:
    log = EventLog.create(tmp_path / 'run.jsonl')
    total = 3000
    seen: list[str] = []

    def read() -> None:
        position = 0
        while position < total:
            for record in log.records(position):
                assert isinstance(record.event, Output)
                seen.append(record.event.text)
                position += 1

    reader = Thread(target=read)
    reader.start()
    for number in range(0, total, 3):
        log.append([output_line(f'{n} ' * (n % 50)) for n in range(number, number + 3)])
    reader.join()

    assert seen == [f'{n} ' * (n % 50) for n in range(total)]
