"""Runs of agents that no script starts: offered from a namespace, or named on the command line."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, Mapping
from queue import SimpleQueue
from typing import Any, cast

from pydantic_ai_debug.protocol import events as ev
from pydantic_ai_debug.protocol.commands import Leave, StartRun

from .contents import model_name
from .debugger import Answer, Debugger
from .insides import type_of
from .targets import TargetError


class DepsError(Exception):
    """An expression for deps does not give any."""


def offer_agents(namespace: Mapping[str, object], debugger: Debugger) -> None:
    """Offer the agents of a namespace until somebody leaves; each answer is a run.

    Raises:
        TargetError: where there is none.
    """
    agents = _agents_in(namespace)
    if not agents:
        raise TargetError('the script started no agent run, and there is no agent in it')
    _serve_offers(agents, namespace, debugger)


def run_named_agent(namespace: Mapping[str, object], debugger: Debugger) -> None:
    """Run the agent named at launch, with the prompt given there or one that is asked for.

    Raises:
        TargetError: where there is no such agent, or its deps cannot be had.
    """
    launch = debugger.launch
    name = launch.attribute or ''
    agent = _attribute(namespace, name)
    if not _is_agent(agent):
        names = ', '.join(_agents_in(namespace)) or 'none'
        raise TargetError(f'{name!r} is no agent of {launch.target}; its agents: {names}')
    if launch.prompt is None:
        _serve_offers({name: agent}, namespace, debugger)
        return
    try:
        asyncio.run(_run(agent, launch.prompt, launch.deps, namespace))
    except DepsError as unclear:
        raise TargetError(str(unclear)) from None


def _serve_offers(agents: Mapping[str, Any], namespace: Mapping[str, object], debugger: Debugger) -> None:
    answers: SimpleQueue[Answer] = SimpleQueue()
    debugger.answers.append(answers.put)
    infos = tuple(_describe(variable, agent, namespace) for variable, agent in agents.items())
    message = ''
    while True:
        debugger.channel.post(ev.AgentsOffered(infos, message))
        answer = answers.get()
        match answer:
            case Leave():
                return
            case StartRun():
                message = _start(agents[answer.agent], answer, namespace)


def _start(agent: Any, answer: StartRun, namespace: Mapping[str, object]) -> str:
    """Run an agent; what it says is why it is offered again."""
    try:
        asyncio.run(_run(agent, answer.prompt, answer.deps, namespace))
    except DepsError as unclear:
        return str(unclear)
    except Exception as error:  # noqa: BLE001 - the run has reported its failure; another can be tried
        return f'the run failed: {type(error).__name__}: {error}'
    return ''


async def _run(agent: Any, prompt: str, deps: str | None, namespace: Mapping[str, object]) -> None:
    async with _deps(deps, namespace) as value, agent.iter(prompt, deps=value) as agent_run:
        node = agent_run.next_node
        while agent_run.result is None:
            if hasattr(node, 'stream'):
                await _stream(node, agent_run.ctx)
            node = await agent_run.next(node)


async def _stream(node: Any, ctx: Any) -> None:
    """Let a node stream where its model can, so that its deltas are seen; else it runs whole."""
    if not _can_stream(ctx.deps.model):
        return
    async with node.stream(ctx) as events:
        async for _ in events:
            pass


def _can_stream(model: Any) -> bool:
    from pydantic_ai.models import Model

    if getattr(model, 'function', None) is not None and getattr(model, 'stream_function', None) is None:
        return False
    return type_of(model).request_stream is not Model.request_stream


@contextlib.asynccontextmanager
async def _deps(expression: str | None, namespace: Mapping[str, object]) -> AsyncGenerator[object]:
    """The deps that an expression stands for: a value, or what a callable, an awaitable or a context manager gives."""
    if not expression:
        yield None
        return
    async with contextlib.AsyncExitStack() as stack:
        try:
            value = await _resolved(eval(expression, dict(namespace)), stack)
        except Exception as error:
            raise DepsError(f'deps {expression!r}: {type(error).__name__}: {error}') from error
        yield value


async def _resolved(value: Any, stack: contextlib.AsyncExitStack) -> object:
    if inspect.isroutine(value) or inspect.isclass(value):
        value = value()
    if inspect.isawaitable(value):
        value = await value
    if isinstance(value, contextlib.AbstractAsyncContextManager):
        return await stack.enter_async_context(cast('contextlib.AbstractAsyncContextManager[object]', value))
    if isinstance(value, contextlib.AbstractContextManager):
        return stack.enter_context(cast('contextlib.AbstractContextManager[object]', value))
    return value


def _attribute(namespace: Mapping[str, object], path: str) -> object:
    first, *rest = path.split('.')
    value = namespace.get(first)
    for name in rest:
        value = getattr(value, name, None)
    return value


def _is_agent(value: object) -> bool:
    from pydantic_ai.agent import AbstractAgent

    return isinstance(value, AbstractAgent)


def _agents_in(namespace: Mapping[str, object]) -> dict[str, Any]:
    """Every agent of a namespace once, by the first name that holds it."""
    agents: dict[str, Any] = {}
    for name, value in list(namespace.items()):
        if _is_agent(value) and not any(value is agent for agent in agents.values()):
            agents[name] = value
    return agents


def _describe(variable: str, agent: Any, namespace: Mapping[str, object]) -> ev.AgentInfo:
    deps_type = getattr(agent, 'deps_type', type(None))
    # Agents without deps say `object` in newer versions, and `NoneType` in older ones.
    takes_deps = isinstance(deps_type, type) and deps_type not in (type(None), object)
    candidates = [
        name
        for name, value in list(namespace.items())
        if takes_deps and isinstance(value, deps_type) and not name.startswith('__')
    ]
    output = getattr(agent, 'output_type', None)
    model = getattr(agent, 'model', None)
    return ev.AgentInfo(
        variable=variable,
        name=getattr(agent, 'name', None) or variable,
        model=model if isinstance(model, str) else model_name(model) if model is not None else '',
        tools=tuple(_tool_names(agent)),
        output_type=output.__name__ if isinstance(output, type) else str(output),
        deps_type=deps_type.__name__ if takes_deps else None,
        deps_candidates=tuple(candidates),
    )


def _tool_names(agent: Any) -> list[str]:
    """Tools that are known without running anything: those of function toolsets."""
    names: list[str] = []
    for toolset in getattr(agent, 'toolsets', ()):
        tools = getattr(toolset, 'tools', None)
        if isinstance(tools, dict):
            names += [str(name) for name in cast('dict[object, object]', tools)]
    return names
