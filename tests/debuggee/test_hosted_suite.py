"""The test suite of an ordinary project gives the same results, and says the same, as without a debugger."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pydantic_ai_debug.protocol.events import RunFailed, RunFinished, RunStarted

from .conftest import StartChild

SUITE = Path(__file__).parent.parent / 'hosted_suite'


def without_durations(text: str) -> str:
    return re.sub(r'\b\d+\.\d+s\b', '', text).replace('=', '')


def results_of(report: Path) -> dict[str, tuple[str, ...]]:
    """What came of each test: nothing where it passed, else what the report says."""
    return {
        case.attrib['name']: tuple(f'{part.tag} {part.attrib.get("message")}\n{part.text}' for part in case)
        for case in ElementTree.parse(report).iter('testcase')
    }


def test_a_test_suite_gives_the_same_results_and_says_the_same(
    start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip('pytest_asyncio')
    monkeypatch.chdir(SUITE)
    monkeypatch.delenv('PYTEST_ADDOPTS', raising=False)
    arguments = ['-c', 'suite.ini', '-rA', '-v', '-p', 'no:cacheprovider', '-p', 'no:randomly', '-p', 'no:xdist']

    def report(name: str) -> str:
        return f'--junitxml={tmp_path / name}'

    plain = subprocess.run(
        [sys.executable, '-m', 'pytest', *arguments, report('plain.xml')],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    child = start_child('', *arguments, report('child.xml'), kind='module', target='pytest')
    child.finish()

    expected = results_of(tmp_path / 'plain.xml')
    assert len(expected) >= 30
    assert results_of(tmp_path / 'child.xml') == expected
    assert '1 failed, 28 passed, 1 skipped, 1 xfailed, 1 error' in plain.stdout
    said = child.stdout.replace('child.xml', 'plain.xml')
    assert without_durations(said) == without_durations(plain.stdout)
    assert (child.stderr, child.session.returncode) == (plain.stderr, plain.returncode)
    started, ended = child.all(RunStarted), [*child.all(RunFinished), *child.all(RunFailed)]
    assert len(started) > 30
    assert sorted(event.run for event in ended) == sorted(event.run for event in started)
