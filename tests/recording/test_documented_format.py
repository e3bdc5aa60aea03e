"""What `docs/recordings.md` promises holds for recordings of ours: a reader that knows nothing else can be built on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pydantic_ai_debug.model.moments import MomentIndex
from pydantic_ai_debug.model.reduce import reduce
from pydantic_ai_debug.model.run_index import RunIndex
from pydantic_ai_debug.model.state import SessionState
from pydantic_ai_debug.recording import EventLog, place

from .damage import RECORDINGS

DOC = (Path(__file__).parents[2] / 'docs' / 'recordings.md').read_text(encoding='utf-8')
FILES = sorted([*RECORDINGS.glob('*.jsonl'), *RECORDINGS.glob('formats/*.jsonl')])
REAL = [*RECORDINGS.glob('formats/*.jsonl')]
"""Not written for tests."""

Line = dict[str, Any]


def lines_of(path: Path) -> list[Line]:
    """Read as the page says, with nothing of ours."""
    data = path.read_bytes()
    assert data.endswith(b'\n')
    return [json.loads(line) for line in data.decode('utf-8').removesuffix('\n').split('\n')]


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def lines(request: pytest.FixtureRequest) -> list[Line]:
    return lines_of(request.param)


def test_every_line_has_its_number_its_event_and_its_time(lines: list[Line]) -> None:
    assert [line['seq'] for line in lines] == list(range(len(lines)))
    assert all(isinstance(line['event'], str) and isinstance(line['time'], (int, float)) for line in lines)
    assert lines[0]['event'] == 'hello'
    assert isinstance(lines[0]['format'], int)


def test_runs_nodes_and_calls_begin_before_what_they_do(lines: list[Line]) -> None:
    runs: set[str] = set()
    nodes: set[tuple[str, int]] = set()
    calls: set[str] = set()
    for line in lines:
        if line['event'] == 'run_started':
            assert line['parent'] is None or line['parent'] in runs
            runs.add(line['run'])
        elif 'run' in line:
            assert line['run'] in runs
        match line['event']:
            case 'node_started':
                nodes.add((line['run'], line['node']))
            case 'request' | 'stream' | 'tool_started' | 'node_finished':
                assert (line['run'], line['node']) in nodes
            case _:
                pass
        if line['event'] == 'tool_started':
            calls.add(line['call'])
    assert [line['event'] for line in lines].count('hello') == 1
    assert 'exited' not in [line['event'] for line in lines[:-1]]


def test_a_stop_is_followed_by_its_end(lines: list[Line]) -> None:
    waiting: list[tuple[str, str, str | None]] = []
    for line in lines:
        if line['event'] in ('stopped', 'resumed'):
            stop = (line['run'], line['at'], line.get('call'))
            if line['event'] == 'stopped':
                assert stop not in waiting
                waiting.append(stop)
            else:
                waiting.remove(stop)
    assert len(waiting) <= 1


@pytest.mark.parametrize('path', REAL, ids=lambda path: path.stem)
def test_merged_deltas_say_when_each_came_and_how_long_it_was(path: Path) -> None:
    merged = [line for line in lines_of(path) if line.get('times')]
    assert merged
    for line in merged:
        delta = line['data']['delta']
        text = delta.get('content_delta') or delta.get('args_delta')
        assert sum(line['lengths']) == len(text)
        assert len(line['lengths']) == len(line['times'])
        assert line['times'][0] == pytest.approx(line['time'], abs=1e-5)


@pytest.mark.parametrize('path', REAL, ids=lambda path: path.stem)
def test_a_part_is_what_its_pieces_are(path: Path) -> None:
    parts: dict[tuple[str, int, int], str] = {}
    ended = 0
    for line in lines_of(path):
        data = line.get('data', {})
        if line['event'] != 'stream' or 'index' not in data:
            continue
        key = (line['run'], line['node'], data['index'])
        part = data.get('part', {})
        text = part.get('args') if part.get('part_kind') == 'tool-call' else part.get('content')
        match data['event_kind']:
            case 'part_start':
                parts[key] = text or ''
            case 'part_delta':
                delta = data['delta']
                parts[key] += delta.get('content_delta') or delta.get('args_delta') or ''
            case 'part_end':
                ended += 1
                assert parts[key] == text
            case kind:
                pytest.fail(f'a stream event of a part that the page does not know: {kind}')
    assert ended


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.stem)
def test_the_program_of_the_page_puts_histories_together(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = re.findall(r'```python\n(.*?)```', DOC, re.DOTALL)
    (tmp_path / 'run.jsonl').write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(program, names)

    log, state = EventLog.open(path), SessionState()
    for record in log.records():
        state = reduce(state, record)
    known = {}
    for run in state.runs.values():
        index = RunIndex(lambda seq: log.record(seq).event)
        index.update(run)
        known[run.id] = [index.message(message) for message in index.history(None).messages]
    assert names['histories'] == {run: messages for run, messages in known.items() if messages}


def test_boundaries_are_where_the_page_says(lines: list[Line], request: pytest.FixtureRequest) -> None:
    index = MomentIndex()
    for record in EventLog.open(request.node.callspec.params['lines']).records():
        index.add(record)
    stopped = {
        (line['run'], line['node']) for line in lines if line.get('at') == 'boundary' and line['event'] == 'stopped'
    }
    started = [(line['run'], line['node']) for line in lines if line['event'] == 'node_started']
    ends = {line['run']: line['node'] + 1 for line in lines if line.get('next') == 'End'}
    finished = [(line['run'], ends[line['run']]) for line in lines if line['event'] == 'run_finished']
    bare = [place for place in (*started, *finished) if place not in stopped]
    assert len(index) == len(bare) + len(stopped)


def test_the_limits_of_the_page_are_those_in_force() -> None:
    assert f'{place._KEPT_SECONDS // 86400} days' in DOC
    assert f'newest {place._KEPT_FILES},' in DOC
    assert f'{place._KEPT_BYTES // 10**6} MB' in DOC
