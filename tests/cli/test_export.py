"""`agent-debug RECORDING --export FORMAT`: to a file or to standard output, and one clear line where it cannot be."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pydantic_ai_debug.export import FORMATS

Run = Callable[..., 'subprocess.CompletedProcess[str]']
RECORDINGS = Path(__file__).parents[1] / 'recordings'
TRIP = str(RECORDINGS / 'trip.jsonl')
FAILED = str(RECORDINGS / 'failed.jsonl')
PAUSED = str(RECORDINGS / 'paused.jsonl')


@pytest.mark.parametrize('name', [row.name for row in FORMATS])
def test_every_format_is_written_to_a_file_or_to_standard_output(name: str, run: Run, tmp_path: Path) -> None:
    printed = run(TRIP, '--export', name)
    written = run(TRIP, '--export', name, '-o', 'out')

    assert (printed.returncode, printed.stderr) == (0, '')
    assert (written.returncode, written.stdout, written.stderr) == (0, '', '')
    assert printed.stdout
    # A pytest file names the script from where the file is.
    assert name == 'pytest' or (tmp_path / 'out').read_text() == printed.stdout


def test_the_options_may_come_before_the_recording_or_after_it(run: Run) -> None:
    after = run(TRIP, '--export', 'json')
    before = run('--export=json', TRIP)
    around = run('-o', '-', TRIP, '--export', 'json')

    assert after.stdout
    assert before.stdout == around.stdout == after.stdout


def test_a_file_that_is_there_is_replaced_but_not_for_an_export_that_fails(run: Run, tmp_path: Path) -> None:
    (tmp_path / 'out').write_text('before')
    failed = run(PAUSED, '--export', 'pytest', '-o', 'out')
    assert failed.returncode == 2
    assert (tmp_path / 'out').read_text() == 'before'

    run(TRIP, '--export', 'json', '-o', 'out')
    assert json.loads((tmp_path / 'out').read_text())


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ((TRIP, '--export', 'docx'), "invalid choice: 'docx'"),
        ((TRIP, '--export', 'json', '--run', 'r9'), 'there is no run r9 (there are: run-1, run-2)'),
        ((TRIP, '--export', 'json', '-o', 'no/where'), 'cannot write no/where: No such file or directory'),
        ((TRIP, '-o', 'x'), '--output is for an export: name a format with --export'),
        ((TRIP, '--run', 'r1'), '--run is for an export: name a format with --export'),
        ((TRIP, '--export', 'json', '--headless'), 'leave out --headless'),
        ((TRIP, '--export', 'json', 'more'), 'nothing runs: leave out an argument'),
        ((TRIP, '--export', 'json', '--prompt', 'x'), 'nothing runs: leave out --prompt'),
        (('--demo', '--export', 'json'), '--export is for a recording'),
        ((PAUSED, '--export', 'pytest'), 'has not come to its end'),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_line(arguments: tuple[str, ...], said: str, run: Run) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, '')
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_recording_that_was_cut_is_exported_up_to_the_cut(run: Run, tmp_path: Path) -> None:
    whole = Path(TRIP).read_bytes()
    (tmp_path / 'cut.jsonl').write_bytes(whole[: len(whole) * 2 // 3])

    done = run('cut.jsonl', '--export', 'markdown')

    assert done.returncode == 0
    assert 'the recording is cut off' in done.stderr
    assert '✓ trip_agent' in done.stdout or '● trip_agent' in done.stdout


@pytest.mark.parametrize('way', [('--export', 'markdown'), ('--headless',), ('--compare', TRIP, '--headless')])
def test_lines_that_are_damaged_are_told_of_and_the_rest_is_written(
    way: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    lines = Path(TRIP).read_bytes().splitlines(keepends=True)
    spoilt = tmp_path / 'spoilt.jsonl'
    for damaged, said in ((7,), 'line 8 is damaged'), ((7, 9), '2 lines are damaged, the first is line 8'):
        spoilt.write_bytes(
            b''.join(line[:40] + b'\xff' + line[41:] if at in damaged else line for at, line in enumerate(lines))
        )
        done = run(str(spoilt), *way)
        assert (done.returncode, done.stderr) == (0, f'agent-debug: {spoilt}: {said}; the rest is here\n')
        assert done.stdout


@pytest.mark.parametrize('way', [('--export', 'markdown'), ('--headless',), ('--compare', FAILED, '--headless')])
def test_a_reader_that_goes_away_ends_it_quietly(way: tuple[str, ...]) -> None:
    command = [sys.executable, '-m', 'pydantic_ai_debug', TRIP, *way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read()

    assert (said, program.returncode) == ('', -signal.SIGPIPE)


def test_neither_a_screen_nor_pydantic_ai_is_loaded_for_it() -> None:
    program = (
        'import sys\n'
        'from pydantic_ai_debug.cli import main\n'
        f'code = main([{TRIP!r}, "--export", "markdown"])\n'
        'heavy = {"textual", "rich", "pydantic_ai", "pydantic"} & sys.modules.keys()\n'
        'sys.exit(code or ", ".join(heavy) or 0)'
    )
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
