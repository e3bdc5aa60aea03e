"""Python code that the user runs in a paused run, in the run's own loop or thread."""

from __future__ import annotations

import ast
import asyncio
import ctypes
import inspect
import re
import threading
from asyncio import get_running_loop
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any

from pydantic_ai_debug.protocol import events as ev

from . import errors
from .insides import type_of
from .scope import names, names_secret
from .snapshot import picture

if TYPE_CHECKING:
    from .held import Held

_FILE = '<evaluated>'
_NAME_PATH = re.compile(r'(?:[A-Za-z_]\w*\.)*(?:[A-Za-z_]\w*)?$')
_MOST_NAMES = 200


class Evaluations:
    """What was evaluated, and what runs at the moment."""

    def __init__(self) -> None:
        self.values: dict[int, object] = {}
        """What evaluations gave, by their numbers, so that it can be opened; `_` is the newest."""
        self._namespaces: dict[str, dict[str, Any]] = {}
        """What was assigned, by run."""
        self._running: dict[int, Callable[[], None]] = {}
        """How to interrupt those that run."""

    def evaluate(self, held: Held, number: int, source: str, tell: Callable[[ev.Event], None]) -> None:
        """Run code where something waits, and tell what came of it. What awaits goes on in the loop."""
        namespace = self._namespace(held)
        try:
            code, is_expression = _compiled(source)
        except (SyntaxError, ValueError) as error:
            tell(ev.Evaluated(held.run.id, number, source, error=errors.describe(error)))
            return
        if code.co_flags & inspect.CO_COROUTINE:
            try:
                if held.blocks_thread:
                    raise RuntimeError
                task = get_running_loop().create_task(self._await(code, namespace))
            except RuntimeError:
                error = RuntimeError('nothing can be awaited here: no event loop goes on in this thread')
                tell(ev.Evaluated(held.run.id, number, source, error=errors.describe(error)))
                return
            self._running[number] = _canceller(task)
            task.add_done_callback(lambda done: self._tell_task(held, number, source, is_expression, done, tell))
            return
        thread = threading.get_ident()
        self._running[number] = lambda: _interrupt_thread(thread)
        try:
            value = eval(code, namespace)
        except BaseException as error:  # noqa: BLE001 - whatever the user's line raises is shown, and ends nothing
            self._running.pop(number, None)
            tell(ev.Evaluated(held.run.id, number, source, error=errors.describe(error)))
            return
        self._running.pop(number, None)
        tell(self._evaluated(held, number, source, value, is_expression))

    @staticmethod
    async def _await(code: CodeType, namespace: dict[str, Any]) -> object:
        return await eval(code, namespace)

    def _tell_task(
        self,
        held: Held,
        number: int,
        source: str,
        is_expression: bool,
        task: asyncio.Task[object],
        tell: Callable[[ev.Event], None],
    ) -> None:
        self._running.pop(number, None)
        if task.cancelled():
            error: BaseException | None = KeyboardInterrupt('interrupted')
        else:
            error = task.exception()
        if error is not None:
            tell(ev.Evaluated(held.run.id, number, source, error=errors.describe(error)))
        else:
            tell(self._evaluated(held, number, source, task.result(), is_expression))

    def _evaluated(self, held: Held, number: int, source: str, value: object, is_expression: bool) -> ev.Event:
        if not is_expression:
            return ev.Evaluated(held.run.id, number, source)
        self.values[number] = value
        self._namespace(held)['_'] = value
        return ev.Evaluated(held.run.id, number, source, value=picture(value, hidden=names_secret(source)))

    def interrupt(self, number: int) -> None:
        """Stop an evaluation that runs; from any thread."""
        interrupt = self._running.get(number)
        if interrupt is not None:
            interrupt()

    def forget(self, run: str) -> None:
        """A run has ended: what was evaluated in it is let go."""
        self._namespaces.pop(run, None)
        if not self._namespaces:
            self.values.clear()

    def _namespace(self, held: Held) -> dict[str, Any]:
        namespace = self._namespaces.setdefault(held.run.id, {'__builtins__': __builtins__})
        namespace.update(names(held))
        return namespace

    # Completion

    def completed(self, held: Held, number: int, source: str) -> ev.Event:
        """The names that may stand at the end of a line."""
        found = _NAME_PATH.search(source)
        path = found.group() if found is not None else ''
        owner, _, beginning = path.rpartition('.')
        start = len(source) - len(beginning)
        options = self._names_in(held, owner) if owner else self._names(held)
        private = beginning.startswith('_')
        fitting = sorted(
            {name for name in options if name.startswith(beginning) and (private or not name.startswith('_'))}
        )
        return ev.Completed(held.run.id, number, start, tuple(fitting[:_MOST_NAMES]))

    def _names(self, held: Held) -> Iterator[str]:
        import builtins
        import keyword

        yield from self._namespace(held)
        yield from vars(builtins)
        yield from keyword.kwlist

    def _names_in(self, held: Held, path: str) -> list[str]:
        scope: Mapping[str, Any] = self._namespace(held)
        first, *rest = path.split('.')
        if first not in scope:
            return []
        value = scope[first]
        for name in rest:
            # A property would run the program's code for a line that nobody has finished yet.
            if isinstance(inspect.getattr_static(type_of(value), name, None), property):
                return []
            value = getattr(value, name, None)
        return [name for name in dir(value) if isinstance(name, str)]  # pyright: ignore[reportUnnecessaryIsInstance]


def _compiled(source: str) -> tuple[CodeType, bool]:
    """The code of a line, and whether it is an expression."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return compile(source.strip(), _FILE, 'eval', flags=flags, dont_inherit=True), True
    except SyntaxError:
        return compile(source.strip(), _FILE, 'exec', flags=flags, dont_inherit=True), False


def _canceller(task: asyncio.Task[object]) -> Callable[[], None]:
    loop = task.get_loop()
    return lambda: loop.call_soon_threadsafe(task.cancel) and None


def _interrupt_thread(thread: int) -> None:
    """Raise `KeyboardInterrupt` in a thread that runs Python code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))
