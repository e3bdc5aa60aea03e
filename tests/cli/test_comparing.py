"""Two recordings, compared from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pydantic_ai_debug.cli import main
from pydantic_ai_debug.tui import probe


def recording(path: Path, prompt: str) -> Path:
    events = [
        {'event': 'hello', 'format': 1, 'python': '3.11', 'pydantic_ai': '2.0', 'target': 'script.py', 'argv': []},
        {'event': 'run_started', 'run': 'r1', 'parent': None, 'parent_call': None, 'agent': 'a', 'model': 'm',
         'prompt': prompt},
        {'event': 'messages', 'run': 'r1', 'node': 1, 'replaced': False, 'kept': 0, 'added': [
            {'kind': 'request', 'timestamp': prompt, 'parts': [{'part_kind': 'user-prompt', 'content': 'the same'}]},
            {'kind': 'request', 'parts': [{'part_kind': 'user-prompt', 'content': f'a {prompt} walk'}]},
        ]},
        {'event': 'run_finished', 'run': 'r1', 'output': 'done', 'usage': {}, 'cost': None},
        {'event': 'exited', 'code': 0},
    ]  # fmt: skip
    lines = [json.dumps({'seq': seq, **event, 'time': seq}, separators=(',', ':')) for seq, event in enumerate(events)]
    path.write_text('\n'.join(lines) + '\n')
    return path


def test_what_differs_is_printed_without_a_screen(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    one, other = recording(tmp_path / 'one.jsonl', 'long'), recording(tmp_path / 'other.jsonl', 'short')
    assert main(['--headless', str(one), '--compare', str(other)]) == 0
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[:3] == ['- one.jsonl', '+ other.jsonl', 'First difference: message 1, request: user.']
    assert '- user: a long walk' in lines
    assert '+ user: a short walk' in lines
    assert '1 entry the same' in lines
    assert lines[-2:] == ['Output', 'done']


def test_what_cannot_be_compared_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, 'terminal_problem', lambda: None)
    one = recording(tmp_path / 'one.jsonl', 'long')
    (tmp_path / 'script.py').write_text('')
    (tmp_path / 'empty.jsonl').write_text('\n'.join(one.read_text().splitlines()[:1]) + '\n')
    for arguments, problem in (
        ([str(one), '--compare', str(tmp_path / 'gone.jsonl')], 'No such file'),
        ([str(one), '--compare', str(tmp_path / 'empty.jsonl')], 'have no runs that could be compared'),
        (['--compare', str(one), str(tmp_path / 'script.py')], '--compare is for a recording'),
    ):
        assert main(arguments) == 2
        line = capsys.readouterr().err
        assert problem in line
        assert line.count('\n') == 1
