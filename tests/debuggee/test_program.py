"""The script is run as Python runs it: arguments, path, exit code, streams, and what it leaves behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.commands import Leave, StartRun, StepOver
from pydantic_ai_debug.protocol.events import (
    AgentsOffered,
    Hello,
    LaunchFailed,
    RunFinished,
    RunStarted,
    ScriptFailed,
    Stopped,
    ToolFinished,
)

from .conftest import StartChild

PROGRAMS = {
    'what a program can see of itself': """
        import os, sys
        print(sys.argv[1:], __name__, __file__, sys.path[0], __spec__, __package__, sorted(globals()))
        print(sys.gettrace(), sys.excepthook is sys.__excepthook__, sys.stdout.encoding, os.getcwd())
        """,
    'an exit code': 'import sys; sys.exit(3)',
    'an exit message': "import sys; print('out'); sys.exit('bye')",
    'an exception': """
        def fail():
            raise ValueError('no')
        fail()
        """,
    'an exception with a cause': """
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError('while dividing') from error
        """,
    'an excepthook of its own': """
        import sys
        sys.excepthook = lambda *error: print('hooked', error[0].__name__)
        raise ValueError
        """,
    'an interrupt': """
        import atexit
        atexit.register(print, 'clean-up')
        raise KeyboardInterrupt
        """,
    'threads and exit handlers': """
        import atexit, threading
        atexit.register(print, 'last')
        threading.Thread(target=print, args=('thread',)).start()
        """,
    'a signal': 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)',
    'an abrupt end': "import os; os.write(1, b'raw\\n'); os._exit(7)",
    'a fork': """
        import os
        if os.fork() == 0:
            print('grandchild', flush=True)
            os._exit(0)
        print(os.wait()[1])
        """,
    'processes of its own': """
        import multiprocessing, subprocess, sys

        def work(n):
            return n * n

        if __name__ == '__main__':
            for method in ('spawn', 'fork'):
                with multiprocessing.get_context(method).Pool(2) as pool:
                    print(pool.map(work, [1, 2, 3]))
            print(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout)
        """,
}


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('name', PROGRAMS)
def test_a_program_does_the_same_as_under_python(name: str, start_child: StartChild, tmp_path: Path) -> None:
    script = tmp_path / 'script.py'
    script.write_text(dedent(PROGRAMS[name]))
    plain = subprocess.run([sys.executable, script, 'a', '-b'], capture_output=True, text=True, check=False)
    child = start_child(PROGRAMS[name], 'a', '-b')
    child.finish()
    assert (child.stdout, child.stderr, child.session.returncode) == (plain.stdout, plain.stderr, plain.returncode)


def test_an_exception_outside_of_a_run_is_reported_with_the_users_frames(start_child: StartChild) -> None:
    child = start_child(PROGRAMS['an exception'])
    child.finish()
    (failed,) = child.all(ScriptFailed)
    assert (failed.error.type, failed.error.message) == ('ValueError', 'no')
    assert [frame.function for frame in failed.error.frames] == ['<module>', 'fail']


def test_a_module_is_run_as_python_dash_m_runs_it(
    start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / 'shop'
    package.mkdir()
    (package / '__init__.py').write_text('')
    (package / 'prices.py').write_text('APPLE = 3\n')
    (package / 'cli.py').write_text(
        'import sys\nfrom .prices import APPLE\nprint(APPLE, __name__, __spec__.name, sys.argv, sys.path[0])\n'
    )
    monkeypatch.chdir(tmp_path)
    plain = subprocess.run([sys.executable, '-m', 'shop.cli', 'x'], capture_output=True, text=True, check=True)
    child = start_child('', 'x', kind='module', target='shop.cli')
    child.finish()
    assert child.stdout == plain.stdout


def test_what_the_child_says_first_names_the_versions(start_child: StartChild) -> None:
    child = start_child('pass', '--flag')
    child.finish()
    hello = child.events[0]
    assert isinstance(hello, Hello)
    assert hello.argv == ('--flag',)
    assert hello.python == '.'.join(map(str, sys.version_info[:3]))
    assert hello.pydantic_ai


def test_pydantic_ai_is_not_imported_for_a_script_that_does_not_import_it(start_child: StartChild) -> None:
    child = start_child("import sys; print('pydantic_ai' in sys.modules, 'textual' in sys.modules)")
    child.finish()
    assert child.stdout == 'False False\n'


@pytest.mark.parametrize(
    ('source', 'said'),
    [
        ('def f(:', 'SyntaxError: invalid syntax'),
        ('x = "\0"', 'null bytes'),
    ],
)
def test_a_script_that_is_no_python_is_refused_as_python_would_say_it(
    source: str, said: str, start_child: StartChild
) -> None:
    child = start_child(source)
    child.finish()
    assert said in child.all(LaunchFailed)[0].message
    assert child.session.returncode == 2


AGENT = """
    from dataclasses import dataclass
    from adder import *
    from pydantic_ai import RunContext

    @dataclass
    class Shop:
        name: str

    shop = Shop('corner')
    keeper = Agent(model, deps_type=Shop)

    @keeper.tool(name='add')
    def tell(ctx: RunContext[Shop], a: int, b: int) -> str:
        return ctx.deps.name
"""


def test_an_agent_is_opened_by_name_with_a_prompt_and_deps(start_child: StartChild) -> None:
    child = start_child(
        AGENT,
        kind='agent',
        attribute='keeper',
        prompt='hello',
        deps='Shop("from an expression")',
    )
    child.finish()
    assert child.all(RunStarted)[0].prompt == 'hello'
    assert child.all(ToolFinished)[0].result == 'from an expression'
    assert child.all(RunFinished)[0].output == 'three it is'
    assert child.session.returncode == 0


def test_a_name_that_is_no_agent_is_refused_with_the_names_that_are(start_child: StartChild) -> None:
    child = start_child('from adder import *', kind='agent', attribute='agnet', prompt='x')
    child.finish()
    assert "'agnet' is no agent" in child.all(LaunchFailed)[0].message
    assert 'adder' in child.all(LaunchFailed)[0].message
    assert child.session.returncode == 2


def test_agents_of_a_script_that_starts_no_run_are_offered_and_can_be_run(start_child: StartChild) -> None:
    child = start_child('from adder import *', stop_on_entry=True, interactive=True)
    (info,) = child.wait_for(AgentsOffered).agents
    assert (info.variable, info.name, info.model, info.tools, info.deps_type) == (
        'adder',
        'adder',
        'scripted',
        ('add',),
        None,
    )
    child.send(StartRun('adder', 'add one and two', None))
    while (stopped := child.wait_for(Stopped)).kind != 'End':
        child.send(StepOver(stopped.run))
    child.send(StepOver(stopped.run))
    assert child.wait_for(RunFinished).output == 'three it is'
    child.wait_for(AgentsOffered)
    child.send(Leave())
    child.finish()
    assert child.session.returncode == 0


@pytest.mark.parametrize(
    'forks_or_closes',
    [
        """
        if (child := os.fork()) == 0:
            print('in the child')
        else:
            print('it ended with', os.WEXITSTATUS(os.waitpid(child, 0)[1]))
            adder.run_sync('x')
        """,
        """
        os.closerange(3, 4096)
        print(adder.run_sync('x').output)
        """,
    ],
    ids=['a forked child', 'descriptors that are closed'],
)
def test_agents_are_offered_to_nobody_who_cannot_choose(
    forks_or_closes: str, start_child: StartChild, tmp_path: Path
) -> None:
    source = (
        f'import os, sys\nfrom adder import *\nsys.stdout.reconfigure(line_buffering=True)\n{dedent(forks_or_closes)}'
    )
    child = start_child(source, interactive=True)
    child.finish()
    plain = subprocess.run([sys.executable, 'script.py'], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (child.stdout, child.stderr, child.session.returncode) == (plain.stdout, plain.stderr, 0)


def test_deps_that_cannot_be_evaluated_are_asked_for_again(start_child: StartChild) -> None:
    child = start_child('from adder import *', interactive=True)
    child.wait_for(AgentsOffered)
    child.send(StartRun('adder', 'x', 'nothing_of_this_name'))
    assert 'NameError' in child.wait_for(AgentsOffered).message
    child.send(Leave())
    child.finish()


def test_the_model_of_every_run_can_be_replaced(start_child: StartChild) -> None:
    child = start_child(
        """
        from pydantic_ai import Agent
        print(Agent('openai:gpt-5.2', defer_model_check=True).run_sync('x').output)
        """,
        model='test',
    )
    child.finish()
    assert child.all(RunStarted)[0].model == 'test'
    assert child.session.returncode == 0


def write_package(folder: Path, init: str, main: str) -> None:
    """A package that `python -m` can run."""
    folder.mkdir()
    (folder / '__init__.py').write_text(init)
    (folder / '__main__.py').write_text(main)


def test_a_package_that_imports_pydantic_ai_is_watched_from_its_first_line(
    start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path / 'shop', 'import pydantic_ai\n', "from adder import adder\nadder.run_sync('add')\n")
    monkeypatch.chdir(tmp_path)
    child = start_child('', kind='module', target='shop')
    child.finish()
    assert [started.agent for started in child.all(RunStarted)] == ['adder']


def test_a_package_that_fails_to_import_prints_what_python_prints(
    start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path / 'broken', '1 / 0\n', '')
    monkeypatch.chdir(tmp_path)
    child = start_child('', kind='module', target='broken')
    child.finish()
    assert child.stderr.endswith('ZeroDivisionError: division by zero\n')
    assert 'pydantic_ai_debug' not in child.stderr
    assert child.session.returncode == 1


def test_a_program_that_closes_every_descriptor_runs_on(start_child: StartChild) -> None:
    child = start_child("""
        import os, time
        os.closerange(3, 200)
        time.sleep(0.2)
        print('still here')
    """)
    child.finish()
    assert child.stdout == 'still here\n'
    assert child.session.returncode == 0
