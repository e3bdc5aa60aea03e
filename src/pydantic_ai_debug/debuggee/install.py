"""The only module that touches pydantic-ai's own objects; what differs between its versions is here.

Two things are wrapped: `Agent.iter`, in which every way to run an agent ends, and the iterator of streamed responses;
and the step of a run, where that alone lets errors and boundaries be seen.
It is done when the program imports pydantic-ai itself, so that nothing is imported earlier than without a debugger.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from pydantic_ai_debug.protocol.events import Fault

from . import errors

if TYPE_CHECKING:
    from .debugger import Debugger

_PACKAGE = 'pydantic_ai'
_AGENT_MODULE = 'pydantic_ai.agent'


class ImportHook(importlib.abc.MetaPathFinder):
    """Calls functions right after the program has imported modules of certain names, each once."""

    def __init__(self, calls: dict[str, Callable[[ModuleType], None]]) -> None:
        self._calls = calls

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        call = self._calls.pop(fullname, None)
        if call is None:
            return None
        if not self._calls:
            sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _LoaderWithHook(spec.loader, call)
        return spec


class _LoaderWithHook(importlib.abc.Loader):
    """A module's own loader, and then the hook; the module keeps no trace of it."""

    def __init__(self, loader: Any, install: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._install = install

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._install(module)


def install_on_import(debugger: Debugger) -> None:
    """Watch every agent run of this process from the moment pydantic-ai is imported."""
    calls: dict[str, Callable[[ModuleType], None]] = {
        _PACKAGE: lambda _: _prepare(debugger),
        _AGENT_MODULE: lambda module: install(module.Agent, debugger),
    }
    sys.meta_path.insert(0, ImportHook(calls))


def _prepare(debugger: Debugger) -> None:
    """Make ready for the first run while the program imports pydantic-ai, so that the run is held up by nothing."""
    try:
        _load(debugger)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the program's import goes on
        debugger.channel.post(Fault(f'the hooks could not be loaded: {type(error).__name__}: {error}'))


def _load(debugger: Debugger) -> None:
    from . import hooks  # noqa: F401  # pyright: ignore[reportUnusedImport]

    if debugger.replay is not None:
        from . import replayed_requests  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from .deltas import render

    debugger.channel.render_with(render)
    _watch_streams()
    _watch_bare_iteration()
    _count_as_own()


def install(agent_class: Any, debugger: Debugger) -> None:
    """Wrap `Agent.iter`. The hooks are imported later: pydantic-ai is still half imported now."""
    # It needs pydantic-ai's messages alone, and belongs to the import rather than to the first run.
    from . import schemas  # noqa: F401  # pyright: ignore[reportUnusedImport]

    original: Callable[..., Any] = agent_class.iter

    @functools.wraps(original)
    def iter(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if not debugger.channel.open:
                return original(self, *args, **kwargs)
            return _RunContext(debugger, original, self, args, kwargs)
        except BaseException as error:
            errors.leave_frame(error)
            raise

    agent_class.iter = iter


@functools.cache
def _watch_streams() -> None:
    """Let streamed responses carry an observer."""
    from pydantic_ai.models import StreamedResponse

    from .stream_observers import observed

    original = StreamedResponse.__aiter__

    @functools.wraps(original)
    def __aiter__(self: Any) -> Any:  # noqa: N807
        fresh = self._event_iterator is None
        try:
            iterator = original(self)
        except BaseException as error:
            errors.leave_frame(error)
            raise
        if fresh:
            iterator = self._event_iterator = observed(self, iterator)
        return iterator

    StreamedResponse.__aiter__ = __aiter__


@functools.cache
def _watch_bare_iteration() -> None:
    """Have `async for node in run` seen, where it fires no node hooks: before it was sent through `next()`."""
    from pydantic_ai._agent_graph import build_run_context
    from pydantic_ai.run import AgentRun
    from pydantic_graph import End

    from . import boundaries
    from .answers import stored_error
    from .hooks import watch_of

    if '_last_yielded_node' in AgentRun.__dataclass_fields__:
        return
    original: Any = AgentRun.__anext__

    @functools.wraps(original)
    async def __anext__(self: Any) -> Any:  # noqa: N807
        graph_run = self._graph_run
        watch = watch_of(graph_run.deps.root_capability)
        try:
            if watch is None or self._result_override is not None or graph_run._next is None:
                return await original(self)
            if stored_error(self) is not None:
                # A node failed, and the program iterates on: asking for the next node would raise it once more.
                return await original(self)
            node = self.next_node
            if isinstance(node, End):
                return await original(self)
            # The program's own node hooks do not fire here without a debugger either.
            ctx = build_run_context(self.ctx)
            await boundaries.node_begins(watch.debugger, watch.run, ctx, node)
            try:
                result = await original(self)
            except Exception as error:
                result = await boundaries.node_failed(watch.debugger, watch.run, ctx, node, error)
                if result is None:
                    raise
                self._sync_graph_state(result)
                # It would be raised in place of whatever ends the run later.
                self._node_error = None
                return result
            following = await boundaries.node_ended(watch.debugger, watch.run, ctx, node, result)
            if following is not result:
                self._sync_graph_state(following)
            return following
        except BaseException as error:
            errors.leave_frame(error)
            raise

    AgentRun.__anext__ = __anext__


@functools.cache
def _count_as_own() -> None:
    """Have our frame between a run and its caller passed over, where pydantic-ai looks who the caller is.

    Runs that an installed package starts show no banner, and we may be installed, or not.
    """
    display: Any = sys.modules.get('pydantic_ai._display')
    own = getattr(display, '_OWN_PACKAGES', None)
    if isinstance(own, frozenset):
        display._OWN_PACKAGES = own | {__name__.partition('.')[0]}


@functools.cache
def _watch_steps() -> None:
    """Have an error that a hook of ours let go leave `next()` as it would without the hook, where versions pass it over.

    Between the hook and the program there is nothing else of ours. Done where runs may stop at errors, at the first run.
    """
    from pydantic_ai.capabilities import AbstractCapability
    from pydantic_ai.run import AgentRun

    from .hooks import watch_of

    if not hasattr(AbstractCapability, '_has_on_node_run_error'):
        return
    original: Any = AgentRun.next

    @functools.wraps(original)
    async def next(self: Any, node: Any) -> Any:
        try:
            return await original(self, node)
        except BaseException as error:
            watch = watch_of(self.ctx.deps.root_capability)
            if watch is not None:
                errors.leave_reraise(error, watch.run.reraised_in)
            errors.leave_frame(error)
            raise
        finally:
            # As pydantic-ai's own: a traceback must not hold the run.
            del self

    AgentRun.next = next


class _RunContext:
    """What `agent.iter(...)` gives: its own context manager, with the run reported and held at its boundaries."""

    def __init__(
        self,
        debugger: Debugger,
        original: Callable[..., Any],
        agent: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        from .hints import Hints
        from .tracked_run import TrackedRun, current_caller

        # A program may run an agent while pydantic-ai is still imported.
        _load(debugger)
        if debugger.stops.watches_errors:
            _watch_steps()
        self._debugger = debugger
        hints = Hints() if debugger.launch.hints else None
        self._run = TrackedRun(
            debugger.new_run_id(),
            agent,
            current_caller.get(),
            debugger.channel,
            hints,
            keeps_deps=debugger.launch.keep_deps,
        )
        self._agent = agent
        caller = _frame_outside(inspect.currentframe())
        self._name = getattr(agent, 'name', None) or _variable_name(agent, caller)
        self._run.in_run_stream = caller is not None and caller.f_code.co_name == 'run_stream'
        self._run.output_type = kwargs.get('output_type') or getattr(agent, 'output_type', None)
        self._prompt = args[0] if args else kwargs.get('user_prompt')
        if debugger.launch.model is not None:
            kwargs = {**kwargs, 'model': debugger.launch.model}
        self._inner = original(agent, *args, **kwargs)

    async def __aenter__(self) -> Any:
        try:
            agent_run = await self._inner.__aenter__()
            try:
                await self._open(agent_run)
            except BaseException as error:
                # Left while it waited at its first boundary, as by a timeout: the run ends as if its body had raised.
                if not await self.__aexit__(type(error), error, error.__traceback__):
                    raise
            return agent_run
        except BaseException as error:
            errors.leave_frame(error)
            raise

    async def _open(self, agent_run: Any) -> None:
        try:
            self._watch(agent_run.ctx.deps)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the program's run goes on
            self._run.report_fault('watch', error)
        name = getattr(self._agent, 'name', None) or self._name
        self._run.begin(agent_run, name, self._prompt, _output_type(self._agent))
        self._run.guarded(self._debugger.run_begun, self._run)
        if self._debugger.replays is not None:
            from .replayed_requests import keep_offline

            keep_offline(self._run, agent_run.ctx.deps)
        if agent_run.result is None:
            from .boundaries import run_opened

            await run_opened(self._debugger, self._run, agent_run.next_node)

    def _watch(self, deps: Any) -> None:
        """Put our look-alike in place of the root of the run's capabilities: none of the hooks that matter has fired."""
        from .hooks import Watch, watched
        from .tap import may_be_wrapped

        self._run.wraps_models = may_be_wrapped(deps.model)
        watch = Watch(self._run, self._debugger)
        root = watched(deps.root_capability, watch)
        deps.tool_manager.root_capability = root
        deps.root_capability = root

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        outcome = error
        try:
            suppressed = await self._inner.__aexit__(error_type, error, trace)
            if suppressed:
                outcome = None
            return suppressed
        except BaseException as raised:
            outcome = raised
            errors.leave_frame(raised)
            raise
        finally:
            if outcome is not None:
                errors.clean(outcome)
                errors.leave_reraise(outcome, self._run.reraised_in)
            self._debugger.run_ended(self._run, outcome)


def _output_type(agent: Any) -> str:
    output_type = getattr(agent, 'output_type', None)
    if isinstance(output_type, type):
        return output_type.__name__
    return '' if output_type is None else str(output_type)[:200]


def _frame_outside(frame: FrameType | None) -> FrameType | None:
    while frame is not None and frame.f_globals.get('__name__') == __name__:
        frame = frame.f_back
    return frame


def _variable_name(agent: object, frame: FrameType | None) -> str:
    """What the code outside of ours calls the agent, for one without a name; the agent itself is not named by it."""
    if frame is None:
        return 'agent'
    # Before 3.13, asking a function's frame for its locals makes it hold on to them all, deleted ones too.
    local = frame.f_locals if sys.version_info >= (3, 13) else {}
    for namespace in (local, frame.f_globals):
        for name, value in list(namespace.items()):
            if value is agent and name != 'self':
                return name
    return 'agent'
