"""Where recordings go by themselves: private, named for their script, and not for ever."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from pydantic_ai_debug.recording import EventLog, RecordingError, new_recording_path, place


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / 'state' / 'recordings'
    monkeypatch.setattr(place, 'recordings_directory', lambda: directory)
    return directory


def test_a_recording_is_named_for_its_script_in_a_private_directory(directory: Path) -> None:
    path = new_recording_path('src/we ather/../my agent.py')

    assert re.fullmatch(rf'my_agent-\d{{8}}-\d{{6}}-{os.getpid()}\.jsonl', path.name)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_two_recordings_of_one_second_have_two_names(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = set[Path]()
    for _ in range(3):
        path = new_recording_path('script.py')
        EventLog.create(path)
        paths.add(path)

    assert len(paths) == 3


def test_the_oldest_recordings_beyond_a_limit_are_removed(directory: Path) -> None:
    directory.mkdir(parents=True)
    for age in range(6):
        path = directory / f'script-20250101-00000{age}-{age}.jsonl'
        path.write_bytes(b'x' * 10)
        os.utime(path, (1000 - age, 1000 - age))
    (directory / 'mine.jsonl').write_bytes(b'x' * 1000)

    place.prune(directory, keep_files=4, keep_bytes=10_000, oldest=0)
    by_number = {path.name[-7] for path in directory.glob('script-*')}
    place.prune(directory, keep_files=4, keep_bytes=25, oldest=0)
    by_size = {path.name[-7] for path in directory.glob('script-*')}

    place.prune(directory, keep_files=4, keep_bytes=10_000, oldest=1000)
    by_age = {path.name[-7] for path in directory.glob('script-*')}

    assert by_age == {'0'}
    assert by_number == {'0', '1', '2', '3'}
    assert by_size == {'0', '1'}
    assert (directory / 'mine.jsonl').exists()


def test_a_place_that_cannot_be_used_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'state').write_text('a file')
    monkeypatch.setattr(place, 'recordings_directory', lambda: tmp_path / 'state' / 'recordings')

    with pytest.raises(RecordingError, match='cannot keep recordings'):
        new_recording_path('script.py')
