"""Which Python runs the script."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pydantic_ai_debug.session import LaunchError
from pydantic_ai_debug.session.interpreter import find_interpreter


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('VIRTUAL_ENV', raising=False)


def make_environment(directory: Path) -> str:
    """A directory that looks like a virtual environment; its Python is a link, as usual."""
    python = directory / 'bin' / 'python'
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return str(python)


def test_the_active_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_environment(tmp_path / '.venv')
    active = make_environment(tmp_path / 'active')
    monkeypatch.setenv('VIRTUAL_ENV', str(tmp_path / 'active'))

    assert find_interpreter(tmp_path / 'script.py', None) == active


def test_then_the_nearest_environment_above_the_script(tmp_path: Path) -> None:
    make_environment(tmp_path / '.venv')
    nearest = make_environment(tmp_path / 'project' / '.venv')
    script = tmp_path / 'project' / 'src' / 'package' / 'script.py'

    assert find_interpreter(script, None) == nearest


def test_a_relative_script_is_looked_for_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = make_environment(tmp_path / '.venv')
    (tmp_path / 'src').mkdir()
    monkeypatch.chdir(tmp_path / 'src')

    assert find_interpreter(Path('script.py'), None) == python
    assert find_interpreter(None, None) == python


def test_an_active_environment_without_python_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = make_environment(tmp_path / '.venv')
    monkeypatch.setenv('VIRTUAL_ENV', str(tmp_path / 'deleted'))

    assert find_interpreter(tmp_path / 'script.py', None) == python


def test_then_our_own(tmp_path: Path) -> None:
    assert find_interpreter(tmp_path / 'script.py', None) == sys.executable


def test_one_that_is_named_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = make_environment(tmp_path / 'other')
    monkeypatch.setenv('VIRTUAL_ENV', str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert find_interpreter(None, named) == named
    assert find_interpreter(None, 'other/bin/python') == named
    assert find_interpreter(None, 'other') == named
    monkeypatch.setenv('PATH', str(tmp_path / 'other' / 'bin'))
    assert find_interpreter(None, 'python') == named


@pytest.mark.parametrize('name', ['no-such-python', '/no/such/python', 'empty', 'not-executable'])
def test_one_that_is_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'not-executable').write_text('')

    with pytest.raises(LaunchError, match=name):
        find_interpreter(None, name)
