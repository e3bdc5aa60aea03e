"""The garbage collector rests while the command line and the screen load, and no longer."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from pydantic_ai_debug.cli import entry, exporting, kept, main
from pydantic_ai_debug.cli.errors import WRONG_USE
from pydantic_ai_debug.collector import collector_at_rest


def test_it_rests_while_a_command_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    enabled: list[bool] = []
    read = entry.parse
    monkeypatch.setattr(entry, 'parse', lambda arguments: (enabled.append(gc.isenabled()), read(arguments))[1])

    assert main(['--recordings', 'surplus']) == WRONG_USE
    assert enabled == [False]
    assert gc.isenabled()


@pytest.mark.parametrize('arguments', [['--recordings'], ['--export', 'json', 'RECORDING']])
def test_it_is_awake_where_no_screen_is_wanted(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enabled: list[bool] = []
    recording = tmp_path / 'a.jsonl'
    recording.write_text('{"seq":0,"event":"hello","time":0,"format":1}\n')
    for module, name in ((kept, 'list_recordings'), (exporting, 'export_recording')):
        monkeypatch.setattr(module, name, lambda *_: enabled.append(gc.isenabled()) or 0)

    assert main([str(recording) if word == 'RECORDING' else word for word in arguments]) == 0
    assert enabled == [True]


def test_what_wakes_it_sets_aside_what_was_loaded() -> None:
    loaded = [[number] for number in range(10)]
    before = gc.get_freeze_count()
    with collector_at_rest() as wake:
        assert not gc.isenabled()
        wake()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(loaded)
