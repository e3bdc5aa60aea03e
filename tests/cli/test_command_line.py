"""The grammar of the command line, and wrong use: one clear line, exit code 2, nothing run."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import pydantic_ai_debug
from pydantic_ai_debug.cli.errors import UsageError
from pydantic_ai_debug.cli.parser import Options, build_parser, parse
from pydantic_ai_debug.cli.target import Program, Recording, find_module, find_target

Run = Callable[..., 'subprocess.CompletedProcess[str]']


def parsed(line: str) -> Options:
    return parse(line.split())


@pytest.mark.parametrize(
    ('line', 'target', 'argv'),
    [
        ('script.py', 'script.py', ()),
        ('script.py --prompt x -c --help -- -m', 'script.py', ('--prompt', 'x', '-c', '--help', '--', '-m')),
        ('--headless script.py --headless', 'script.py', ('--headless',)),
        ('-p text script.py', 'script.py', ()),
        ('-ptext script.py text', 'script.py', ('text',)),
        ('--prompt=text script.py', 'script.py', ()),
        ('-cp text script.py x', 'script.py', ('x',)),
        ('--no-stream script.py', 'script.py', ()),
        ('-- script.py -x', 'script.py', ('-x',)),
        ('-- -odd.py', '-odd.py', ()),
        ('-m package.module -m x', 'package.module', ('-m', 'x')),
        ('-mpackage.module x', 'package.module', ('x',)),
        ('-c -m package.module --version', 'package.module', ('--version',)),
        ('-cm package.module', 'package.module', ()),
        ('--python 3.py script.py', 'script.py', ()),
    ],
)
def test_everything_after_the_target_belongs_to_the_script(line: str, target: str, argv: tuple[str, ...]) -> None:
    options = parsed(line)

    assert options.target == target
    assert options.argv == argv


def test_every_option_is_understood() -> None:
    line = (
        '-p P --deps D --model M -b error --break End -c --record F --headless --no-stream --python X --no-hints'
        ' --replay R --replay-tools script.py'
    )

    assert parsed(line) == Options(
        target='script.py',
        module=False,
        demo=False,
        argv=(),
        prompt='P',
        deps='D',
        model='M',
        breakpoints=('error', 'End'),
        go_on=True,
        record=Path('F'),
        no_record=False,
        headless=True,
        stream=False,
        python='X',
        show_secrets=False,
        hints=False,
        restart_on_change=False,
        keep_deps=False,
        export=None,
        output=None,
        run=None,
        compare=None,
        recordings=False,
        replay=Path('R'),
        replay_tools=True,
    )
    exporting = parsed('--export pytest -o F --run r2 run.jsonl')
    assert (exporting.export, exporting.output, exporting.run) == ('pytest', Path('F'), 'r2')
    assert parsed('--show-secrets x.py').show_secrets
    assert parsed('--stream x.py').stream is True
    assert parsed('x.py').stream is None
    assert parsed('--no-record x.py').no_record
    assert parsed('-m x').module
    assert parsed('--demo --headless').demo


def test_a_prompt_may_begin_with_anything_after_an_equals_sign() -> None:
    assert parse(['--prompt=-1 + 2', 'a.py:agent']).prompt == '-1 + 2'
    assert parse(['-p', '', 'a.py:agent']).prompt == ''


@pytest.mark.parametrize(
    ('line', 'problem'),
    [
        ('', 'nothing to run'),
        ('--headless', 'nothing to run'),
        ('--', 'nothing to run'),
        ('--no-such script.py', 'unrecognized arguments: --no-such'),
        ('--head script.py', 'unrecognized arguments: --head'),
        ('--prompt', 'expected one argument'),
        ('-m', 'expected one argument'),
        ('--demo script.py', '--demo takes no target'),
        ('--record a --no-record script.py', 'not allowed with'),
        ('--headless --show-secrets script.py', '--show-secrets is for the screen'),
        ('--headless --restart-on-change script.py', '--restart-on-change is for the screen'),
        ('--headless --keep-deps script.py', '--keep-deps is for the screen'),
        ('--break', 'expected one argument'),
        ('--recordings script.py', '--recordings takes no target: leave out script.py'),
        ('--recordings --demo', '--recordings takes no target: leave out --demo'),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(line: str, problem: str) -> None:
    with pytest.raises(UsageError, match=re.escape(problem)):
        parsed(line)


def test_every_kind_of_target_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path('script.py').write_text('x = 1\n')
    Path('tool').write_text('#!/usr/bin/env python\n')
    Path('latin.py').write_bytes('# -*- coding: latin-1 -*-\nx = "é"\n'.encode('latin-1'))
    Path('empty.py').write_text('')
    Path('a:b.py').write_text('x = 1\n')
    Path('run.jsonl').write_text('')
    Path('package').mkdir()

    assert find_target('script.py') == Program('script', 'script.py', None, Path('script.py'))
    assert find_target('./script.py') == Program('script', './script.py', None, Path('script.py'))
    assert find_target('tool').kind == 'script'  # type: ignore[union-attr]
    assert find_target('latin.py').kind == 'script'  # type: ignore[union-attr]
    assert find_target('empty.py').kind == 'script'  # type: ignore[union-attr]
    assert find_target('a:b.py') == Program('script', 'a:b.py', None, Path('a:b.py'))
    assert find_target('script.py:agent') == Program('agent', 'script.py', 'agent', Path('script.py'))
    assert find_target('package.module:agent') == Program('agent', 'package.module', 'agent', None)
    assert find_target('package:agent') == Program('agent', 'package', 'agent', None)
    assert find_target('run.jsonl') == Recording(Path('run.jsonl'))
    assert find_module('package.module') == Program('module', 'package.module', None, None)


@pytest.mark.parametrize(
    ('named', 'problem'),
    [
        ('missing.py', 'no such file: missing.py'),
        ('dir/missing.py', 'no such file: dir/missing.py'),
        ('missing.py:agent', 'no such file: missing.py'),
        ('package.module', 'for a module: agent-debug -m package.module'),
        ('', 'no such file'),
        (':agent', 'no such file: :agent'),
        ('script.py:', 'no such file: script.py:'),
        ('script.py:not an agent', 'no such file'),
        ('directory', 'is a directory'),
        ('nul.py', 'NUL'),
        ('binary.py', 'not a Python script'),
        ('bad_coding.py', 'not a Python script'),
        ('tool:agent', 'cannot be imported'),
        ('unreadable.py', 'cannot read'),
    ],
)
def test_what_is_no_target_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, problem: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path('directory').mkdir()
    Path('script.py').write_text('x = 1\n')
    Path('tool').write_text('x = 1\n')
    Path('nul.py').write_bytes(b'x = 1\n\0')
    Path('binary.py').write_bytes(b'\x89PNG\r\n\xff')
    Path('bad_coding.py').write_text('# coding: no-such\n')
    Path('unreadable.py').write_text('')
    Path('unreadable.py').chmod(0)
    if named == 'unreadable.py' and _can_read(Path(named)):
        pytest.skip('this user may read everything')

    with pytest.raises(UsageError, match=re.escape(problem)):
        find_target(named)


def _can_read(path: Path) -> bool:
    try:
        path.read_bytes()
    except PermissionError:
        return False
    return True


@pytest.mark.parametrize(
    ('arguments', 'problem'),
    [
        ([], 'nothing to run'),
        (['--headless', 'missing.py'], 'no such file: missing.py'),
        (['--headless', '.'], '. is a directory'),
        (['--headless', 'script.py:agent'], 'needs a prompt'),
        (['--headless', '-p', 'hi', 'script.py'], '--prompt is for an agent opened by name'),
        (['--headless', '--deps', '1', '-m', 'x'], '--deps is for an agent opened by name'),
        (['--headless', '--python', '/no/such/python', 'script.py'], 'no such interpreter: /no/such/python'),
        (['--headless', '--record', 'script.py/run.jsonl', 'script.py'], 'cannot record to'),
        (['--headless', '--record', 'script.py', 'script.py'], 'it exists and is not a recording'),
        (['--headless', 'newer.jsonl'], 'newer agent-debug'),
        (['--headless', 'other.jsonl'], 'not a recording'),
        (['--headless', '--model', 'test', 'empty.jsonl'], 'leave out --model'),
        (['--headless', 'empty.jsonl', 'arg'], 'leave out an argument'),
        (['--headless', '-m', 'script.py/'], 'not the name of a module'),
        (['script.py'], 'use --headless'),
        (['--demo'], 'use --headless'),
        (['empty.jsonl'], 'use --headless'),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(
    run: Run, script: Path, tmp_path: Path, arguments: list[str], problem: str
) -> None:
    newer = '{"seq":0,"event":"hello","time":0,"format":999,"python":"","pydantic_ai":"","target":"","argv":[]}\n'
    (tmp_path / 'newer.jsonl').write_text(newer)
    (tmp_path / 'other.jsonl').write_text('{"a": 1}\n')
    (tmp_path / 'empty.jsonl').write_text('')
    before = script.read_text()

    done = run(*arguments)

    assert done.returncode == 2
    assert done.stdout == ''
    assert done.stderr.startswith('agent-debug: ')
    assert problem in done.stderr
    assert done.stderr.count('\n') == 1
    assert script.read_text() == before


def test_the_name_of_a_file_cannot_move_the_cursor(run: Run) -> None:
    done = run('--headless', 'no\x1b[2Jsuch\nfile.py')

    assert done.returncode == 2
    assert '\x1b' not in done.stderr


def test_the_version_is_told(run: Run) -> None:
    assert run('--version').stdout == f'agent-debug {pydantic_ai_debug.__version__}\n'


def test_help_names_every_option_and_kind_of_target(run: Run) -> None:
    done = run('--help')

    assert done.returncode == 0
    for option in build_parser()._actions:
        for name in option.option_strings:
            assert name in done.stdout
    for target in ('script.py:agent', 'package.module', 'recording', '--demo'):
        assert target in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_all_three_commands_are_one(tmp_path: Path) -> None:
    for command in ('agent-debug', 'pydantic-ai-debug'):
        path = Path(sys.executable).with_name(command)
        done = subprocess.run([path, '--version'], capture_output=True, text=True, timeout=30)
        assert done.stdout == f'agent-debug {pydantic_ai_debug.__version__}\n'
