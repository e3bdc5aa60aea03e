"""Breakpoints are kept per script, privately, and a damaged file costs nothing but itself."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from pydantic_ai_debug.protocol.breakpoints import Breakpoint
from pydantic_ai_debug.session.breakpoint_store import BreakpointStore

POINTS = (Breakpoint('tool:get_weather if args["city"] == "Paris"'), Breakpoint('End', False))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'state' / 'breakpoints.json'


def test_breakpoints_and_hints_that_are_off_are_there_in_the_next_session_of_that_script_alone(path: Path) -> None:
    store = BreakpointStore('/a.py', path)
    store.keep_breakpoints(POINTS)
    store.keep_hidden_hints({'repeated_call'})
    BreakpointStore('/b.py', path).keep_breakpoints((Breakpoint('error'),))
    again = BreakpointStore('/a.py', path)
    assert (again.breakpoints, again.hidden_hints) == (POINTS, {'repeated_call'})
    assert BreakpointStore('/b.py', path).breakpoints == (Breakpoint('error'),)
    assert BreakpointStore('/c.py', path).breakpoints == ()


def test_the_file_is_readable_by_its_owner_alone_and_nothing_else_is_left_beside_it(path: Path) -> None:
    BreakpointStore('/a.py', path).keep_breakpoints(POINTS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_script_without_breakpoints_is_forgotten(path: Path) -> None:
    store = BreakpointStore('/a.py', path)
    store.keep_breakpoints(POINTS)
    store.keep_breakpoints(())
    assert json.loads(path.read_text())['scripts'] == {}


@pytest.mark.parametrize(
    'content',
    [
        '',
        '{',
        '[]',
        '\udcff',
        '[' * 100_000,
        '{"scripts": 3}',
        '{"scripts": {"/a.py": 3}}',
        '{"scripts": {"/a.py": {"breakpoints": {"spec": "End"}, "hidden_hints": 5}}}',
        '{"scripts": {"/a.py": {"breakpoints": [3, {"spec": 4}, {"spec": "no place"}], "hidden_hints": [1]}}}',
    ],
)
def test_a_damaged_file_is_ignored_and_replaced(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_bytes(content.encode('utf-8', 'surrogateescape'))
    store = BreakpointStore('/a.py', path)
    assert (store.breakpoints, store.hidden_hints) == ((), frozenset())
    store.keep_breakpoints(POINTS)
    assert BreakpointStore('/a.py', path).breakpoints == POINTS


def test_a_file_that_cannot_be_written_costs_the_memory_alone(tmp_path: Path) -> None:
    (tmp_path / 'file').write_text('')
    store = BreakpointStore('/a.py', tmp_path / 'file' / 'breakpoints.json')
    store.keep_breakpoints(POINTS)
    assert store.breakpoints == POINTS


def test_only_so_many_scripts_are_remembered_the_newest_ones(path: Path) -> None:
    for number in range(205):
        BreakpointStore(f'/{number}.py', path).keep_breakpoints(POINTS)
    assert len(json.loads(path.read_text())['scripts']) == 200
    assert BreakpointStore('/204.py', path).breakpoints == POINTS
    assert BreakpointStore('/4.py', path).breakpoints == ()
