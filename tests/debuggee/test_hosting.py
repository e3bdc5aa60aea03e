"""Programs of every kind end, print and see of themselves what they would under Python alone, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from pydantic_ai_debug.protocol.events import LaunchFailed, RunFinished, RunStarted, ScriptFailed, Stopped

from .conftest import ADDER, Child, StartChild

AssertSame = Callable[..., Child]


@pytest.fixture
def assert_same(start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AssertSame:
    """Runs a program under Python alone and under the debugger, in the same folder, and compares how they went."""

    def run(source: str, *argv: str, module: str | None = None, environment: Mapping[str, str] | None = None) -> Child:
        monkeypatch.chdir(tmp_path)
        # It would hide what buffers do.
        monkeypatch.delenv('PYTHONUNBUFFERED', raising=False)
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        (tmp_path / 'adder.py').write_text(ADDER)
        (tmp_path / 'script.py').write_text(dedent(source))
        target = ['script.py'] if module is None else ['-m', module]
        plain = subprocess.run(
            [sys.executable, *target, *argv], stdin=subprocess.PIPE, capture_output=True, check=False, timeout=60
        )
        child = start_child(source, *argv, kind='script' if module is None else 'module', target=target[-1])
        child.finish()
        said = [text.encode('utf-8', 'surrogateescape') for text in (child.stdout, child.stderr)]
        assert (*said, child.session.returncode) == (plain.stdout, plain.stderr, plain.returncode)
        return child

    return run


ITSELF = """
    import atexit, dataclasses, gc, inspect, os, pickle, signal, site, sys, threading, traceback, typing, warnings
    import __main__

    @dataclasses.dataclass
    class Node:
        next: 'Node | None' = None

    def stack():
        traceback.print_stack()
        return len(inspect.stack())

    print(sys.argv, sys.orig_argv[1:], __name__, __file__, __package__, sorted(globals()), sys.path)
    print(__spec__ and (__spec__.name, __spec__.parent, __spec__.origin, __spec__.has_location))
    print(sys.flags, sys.warnoptions, sys._xoptions, warnings.filters, sys.getrecursionlimit(), gc.isenabled())
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        print(stream.encoding, stream.errors, stream.line_buffering, stream.isatty(), stream.fileno())
    print(stack(), str(sys._getframe().f_back).partition(',')[2], sys.gettrace(), sys.excepthook is sys.__excepthook__)
    print(__main__.__dict__ is globals(), pickle.loads(pickle.dumps(Node(Node()))), typing.get_type_hints(Node))
    print(inspect.getsource(stack), inspect.getmodule(Node), __loader__.name, __loader__.path)
    print([name for name in os.environ if 'AGENT_DEBUG' in name], os.environ.get('PYTHONPATH'))
    print([name for name in ('sitecustomize', 'usercustomize', 'pydantic_ai') if name in sys.modules])
    print(threading.active_count(), [thread.name for thread in threading.enumerate()], os.pipe())
    print([(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)])
    warnings.warn('nobody called this', stacklevel=2)
    """


def test_a_program_sees_of_itself_what_it_sees_without_a_debugger(assert_same: AssertSame) -> None:
    assert_same(ITSELF, '--headless', '-c', '--', '-m', 'x', '--python', 'p', '', 'ü', 'a b')


@pytest.mark.parametrize(
    'environment',
    [
        {'PYTHONWARNINGS': 'error', 'PYTHONSAFEPATH': '1', 'PYTHONHASHSEED': '7'},
        {'PYTHONDEVMODE': '1', 'PYTHONOPTIMIZE': '2', 'PYTHONIOENCODING': 'latin-1:replace'},
        {'PYTHONUTF8': '1', 'PYTHONUNBUFFERED': '1', 'PYTHONPATH': f'lib{os.pathsep}other'},
    ],
    ids=lambda environment: ','.join(environment),
)
def test_what_the_environment_asks_of_python_is_done(environment: dict[str, str], assert_same: AssertSame) -> None:
    assert_same(f'{ITSELF}\n    print(hash("x") if "PYTHONHASHSEED" in os.environ else "")', environment=environment)


def test_a_customisation_of_the_environments_own_is_done_and_the_same(tmp_path: Path, assert_same: AssertSame) -> None:
    (tmp_path / 'lib').mkdir()
    (tmp_path / 'lib' / 'sitecustomize.py').write_text('import sys; sys.customised = __file__, __name__, sys.argv')
    assert_same(
        'import sys; print(sys.customised, sys.modules["sitecustomize"])',
        environment={'PYTHONPATH': str(tmp_path / 'lib')},
    )


PROGRAMS = {
    'what is not flushed is lost': """
        import os
        print('lost')
        os.write(1, b'raw')
        os._exit(3)
        """,
    'what is not flushed is printed twice by a fork': """
        import os, sys
        print('twice')
        if os.fork() == 0:
            sys.exit(0)
        os.wait()
        """,
    'prints and raw writes': """
        import os, sys
        print('first printed, second to arrive')
        os.write(1, b'raw')
        sys.stdout.buffer.write(bytes(range(256)))
        sys.stderr.write('\\udcff no newline')
        """,
    'a stream that is closed': "import os; print('x'); os.close(1)",
    'a big output': """
        import sys
        for number in range(30000):
            print('line', number)
        sys.stderr.write('e' * 300000)
        """,
    # With `threading`, which we import: what Python 3.13 prints of its own fault here depends on it.
    'an exit code that is too big': 'import sys, threading; sys.exit(2**70)',
    'an exit code below zero': 'import sys; sys.exit(-1)',
    'an exit with an object': 'import sys; sys.exit([1, "ü\\udcff"])',
    'an abort': "import os; print('x', flush=True); os.abort()",
    'another program in its place': """
        import os, sys
        print(sys.orig_argv[1:], flush=True)
        if len(sys.argv) == 1:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], 'again'])
        """,
    'an excepthook that fails': """
        import sys
        def hook(*error):
            raise RuntimeError('hook')
        sys.excepthook = hook
        raise ValueError
        """,
    'no excepthook': 'import sys; del sys.excepthook; raise ValueError',
    'an excepthook that exits': 'import sys; sys.excepthook = lambda *error: sys.exit(7); 1 / 0',
    'what is seen of the last exception': """
        import atexit, sys
        atexit.register(lambda: print(sys.last_type, sys.last_value, sys.last_traceback.tb_next))
        def hook(*error):
            print('hooked', error[0])
        sys.excepthook = hook
        raise KeyboardInterrupt('why')
        """,
    'an exception with notes, from deep down': """
        def down(depth):
            return down(depth + 1)
        try:
            down(0)
        except RecursionError as error:
            if hasattr(error, 'add_note'):
                error.add_note('a note')
            raise
        """,
    'a broken import': """
        import pathlib
        pathlib.Path('broken.py').write_text('def f(:')
        import broken
        """,
    'warnings, threads, exit handlers and finalisers': """
        import asyncio, atexit, logging, sys, threading, warnings

        class Fails:
            def __del__(self):
                raise ValueError('while it goes')
            def __repr__(self):
                return 'Fails'
        def fail():
            raise ValueError('no')
        async def waits():
            pass

        sys.unraisablehook = lambda unraisable: print('unraisable', unraisable.exc_value)
        threading.excepthook = lambda failed: print('in a thread', failed.exc_value)
        def leave():
            sys.exit(5)
        atexit.register(logging.error, 'at exit')
        logging.basicConfig(level='DEBUG', format='%(levelname)s %(threadName)s %(funcName)s %(message)s')
        logging.info('with its stack', stack_info=True)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join()
        Fails()
        waits()
        open(__file__)
        warnings.warn('old', DeprecationWarning)
        fail()
        """,
    'signals of its own': """
        import asyncio, os, signal, subprocess
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGURG, signal.SIGCHLD, signal.SIGALRM):
            signal.signal(number, lambda number, frame: print(number))
        for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGURG):
            os.kill(os.getpid(), number)
        subprocess.run(['true'])
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.pause()

        async def main():
            loop = asyncio.get_running_loop()
            handled = asyncio.Event()
            for number in (signal.SIGURG, signal.SIGWINCH):
                loop.add_signal_handler(number, print, 'in the loop', number)
            loop.add_signal_handler(signal.SIGUSR1, handled.set)
            if os.fork() == 0:
                os._exit(0)
            os.wait()
            await asyncio.sleep(0)
            os.kill(os.getpid(), signal.SIGUSR1)
            await handled.wait()
        asyncio.run(main())
        """,
    'processes and what they inherit': """
        import os, subprocess, sys
        end, other = os.pipe()
        show = 'import os, sys; print(sys.path[1:], [n for n in os.environ if "AGENT" in n], os.listdir("/dev/fd"))'
        subprocess.run([sys.executable, '-c', show], pass_fds=[other])
        subprocess.run([sys.executable, '-c', show], close_fds=False)
        os.system('echo a shell; exit 3')
        print(os.popen('echo a pipe').read(), subprocess.run('exit 3', shell=True).returncode)
        """,
    'a daemon, and descriptors that are closed': """
        import os
        from adder import *
        end, other = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.dup2(other, 200)
                os.closerange(3, 200)
                os.closerange(201, 4096)
                os.write(200, adder.run_sync('x').output.encode())
            os._exit(0)
        os.close(other)
        print(os.read(end, 100), os.wait()[1])
        os.closerange(3, 4096)
        ends = os.pipe()
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        os.write(ends[1], b'mine')
        print(adder.run_sync('x').output, os.read(ends[0], 100))
        """,
    'an event loop in debug mode': """
        import asyncio
        async def waits():
            pass
        async def main():
            waits()
        asyncio.run(main(), debug=True)
        """,
}


@pytest.mark.parametrize('name', PROGRAMS)
def test_a_program_prints_and_ends_as_under_python(name: str, assert_same: AssertSame) -> None:
    assert_same(PROGRAMS[name])


def test_an_exception_nobody_caught_is_told_apart_from_one_that_was_kept(assert_same: AssertSame) -> None:
    kept = """
        import sys
        try:
            1 / 0
        except ZeroDivisionError:
            sys.last_value = sys.exc_info()[1].with_traceback(None)
        sys.exit(1)
        """
    assert assert_same(kept).all(ScriptFailed) == []
    assert [failed.error.type for failed in assert_same('1 / 0').all(ScriptFailed)] == ['ZeroDivisionError']


@pytest.mark.parametrize('module', ['shop', 'spread.out.tool', 'shop.fails'])
def test_a_module_is_run_as_python_does(module: str, tmp_path: Path, assert_same: AssertSame) -> None:
    for name, source in {
        'shop/__init__.py': 'print("first", __name__)',
        'shop/__main__.py': f'from .prices import APPLE\nfrom shop import prices\n{dedent(ITSELF)}',
        'shop/prices.py': 'APPLE = 3',
        'shop/fails.py': 'def fail():\n    raise ValueError("no")\nfail()',
        'spread/out/tool.py': 'from . import other\nprint(other.__name__, __package__, __spec__.name)',
        'spread/out/other.py': '',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    assert_same('', '-m', '--headless', module=module)


def test_a_module_that_is_not_there_is_refused(
    start_child: StartChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'shop').mkdir()
    (tmp_path / 'shop' / '__init__.py').touch()
    child = start_child('', kind='module', target='shop.closed')
    child.finish()
    assert child.all(LaunchFailed)[0].message == 'cannot run the module shop.closed: No module named shop.closed'


def test_a_programs_input_is_read_as_under_python(start_child: StartChild) -> None:
    child = start_child("""
        import sys
        print(repr(input('name? ')), repr(sys.stdin.readline()), list(sys.stdin))
        try:
            input('more? ')
        except EOFError:
            print('no more')
    """)
    child.session.write_stdin('Ada\nLovelace\nand\nothers')
    child.session.close_stdin()
    child.finish()
    assert child.stdout == "name? 'Ada' 'Lovelace\\n' ['and\\n', 'others']\nmore? no more\n"


def test_agents_run_in_the_processes_that_a_program_starts(assert_same: AssertSame) -> None:
    child = assert_same("""
        import asyncio, concurrent.futures, multiprocessing, os, sys, threading, warnings
        from adder import *

        # Newer Pythons warn of a fork among threads, and name the process.
        warnings.showwarning = lambda message, category, *place: print(category.__name__, place[1])

        def work(number):
            output = adder.run_sync('x').output
            sys.stdout.flush()
            return number, output

        def fork():
            if os.fork() == 0:
                os._exit(len(work(1)))
            print(os.WEXITSTATUS(os.wait()[1]))

        def threads():
            return len(os.listdir('/proc/self/task')) if os.path.isdir('/proc/self/task') else 0

        threads_before = threads()

        async def main():
            with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:
                print(await asyncio.get_running_loop().run_in_executor(pool, work, 2))
            fork()

        if __name__ == '__main__':
            for method in ('fork', 'spawn', 'forkserver'):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print(method, pool.map(work, [1]))
            # A thread that was joined may take a moment to be gone.
            while threads() > threads_before:
                os.sched_yield()
            fork()
            thread = threading.Thread(target=fork)
            thread.start()
            thread.join()
            print(work(3))
    """)
    assert len(child.all(RunStarted)) == len(child.all(RunFinished)) == 1


def test_threads_that_fork_at_the_same_time_hold_up_neither_the_program_nor_its_events(
    assert_same: AssertSame,
) -> None:
    child = assert_same("""
        import os, threading, warnings
        from adder import *
        warnings.simplefilter('ignore')

        def fork():
            for _ in range(20):
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)

        threads = [threading.Thread(target=fork) for _ in range(6)]
        for thread in threads:
            thread.start()
        fork()
        print(adder.run_sync('during').output)
        for thread in threads:
            thread.join()
        print(adder.run_sync('after').output)
    """)
    assert len(child.all(RunFinished)) == 2


def test_a_program_ends_although_a_run_of_a_thread_waits_at_a_stop(start_child: StartChild) -> None:
    child = start_child(
        """
        import threading
        from adder import *
        threading.Thread(target=adder.run_sync, args=('x',), daemon=True).start()
        input()
        print('the end')
        """,
        stop_on_entry=True,
    )
    child.wait_for(Stopped)
    child.session.write_stdin('\n')
    child.finish()
    assert (child.stdout, child.stderr, child.session.returncode) == ('the end\n', '', 0)
