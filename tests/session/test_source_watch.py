"""Changed source files are noticed once a burst, and only those of the script's own folder."""

from __future__ import annotations

import os
import queue
from pathlib import Path

import pytest

from pydantic_ai_debug.session import source_watch
from pydantic_ai_debug.session.source_watch import Debounce, SourceWatch, python_files, signatures


def test_the_scripts_own_python_files_are_looked_at_and_no_others(tmp_path: Path) -> None:
    for name in (
        'script.py',
        'notes.txt',
        'package/module.py',
        '.hidden/x.py',
        'env/lib/x.py',
        '__pycache__/x.py',
        'lib/site-packages/x.py',
        'node_modules/x.py',
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('')
    (tmp_path / 'env/pyvenv.cfg').write_text('')
    assert [str(path.relative_to(tmp_path)) for path in python_files(tmp_path)] == ['script.py', 'package/module.py']


def test_no_more_files_are_looked_at_than_a_second_allows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_watch, 'MAX_FILES', 3)
    for number in range(5):
        (tmp_path / f'{number}.py').write_text('')
    assert len(signatures(tmp_path)) == 3


def test_a_burst_of_changes_is_told_of_once_when_it_is_over() -> None:
    a, b = Path('a.py'), Path('b.py')
    debounce = Debounce({a: (1, 1)})
    assert debounce.look({a: (1, 1)}) is None
    assert debounce.look({a: (2, 1)}) is None
    assert debounce.look({a: (3, 1), b: (3, 1)}) is None
    assert debounce.look({a: (3, 1), b: (3, 1)}) == a
    assert debounce.look({a: (3, 1), b: (3, 1)}) is None
    assert debounce.look({b: (3, 1)}) is None, 'a file that goes away is no new code'


def test_a_changed_file_is_told_of_and_a_stopped_watch_tells_nothing(tmp_path: Path) -> None:
    script = tmp_path / 'script.py'
    script.write_text('x = 1\n')
    os.utime(script, (1, 1))
    changed: queue.Queue[Path] = queue.Queue()
    watch = SourceWatch(tmp_path, changed.put, poll_seconds=0.01)
    try:
        for moment in range(2, 500):
            # The thread looks for the first time when it pleases.
            os.utime(script, (moment, moment))
            try:
                assert changed.get(timeout=0.2) == script
                break
            except queue.Empty:
                continue
        else:
            pytest.fail('never told of')
    finally:
        watch.stop()
