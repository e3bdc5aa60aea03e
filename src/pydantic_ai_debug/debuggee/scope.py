"""The names that conditions, logpoints and evaluated code may use, the same everywhere.

They are the program's own objects: what is asked of them runs the program's code, because the user wrote that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Any

from .secrets import is_secret_name

if TYPE_CHECKING:
    from .held import Held

_NAME = re.compile(r'[A-Za-z_][\w-]*')

NAMES = ('run', 'ctx', 'deps', 'state', 'messages', 'node', 'usage', 'agent', 'tool', 'args', 'result', 'error')
"""What may be spoken of; None where there is none."""


def names(held: Held) -> Mapping[str, Any]:
    """Every name with what it stands for at a stop."""
    agent_run = held.run.agent_run
    found: dict[str, Any] = dict.fromkeys(NAMES)
    found['agent'] = held.run.agent
    found['error'] = held.error
    if agent_run is not None:
        graph = agent_run.ctx
        found |= {
            'run': agent_run,
            'deps': graph.deps.user_deps,
            'state': graph.state,
            'messages': graph.state.message_history,
            'usage': graph.state.usage,
            'ctx': _context(graph),
        }
    return {**held.frame_names(), **found, **held.scope()}


def _context(graph: Any) -> Any:
    from pydantic_ai import _agent_graph

    return _agent_graph.build_run_context(graph)


def names_secret(source: str) -> bool:
    """Whether the value of an expression is that of a secret name, as `deps.api_key` or `headers['token']`."""
    return any(is_secret_name(name) for name in _NAME.findall(source))


def evaluated(code: CodeType, scope: Mapping[str, Any]) -> Any:
    """The value of an expression that the user wrote.

    Raises:
        Exception: whatever it raises.
    """
    return eval(code, {'__builtins__': __builtins__, **scope})


def pieces_of(template: str) -> Iterator[tuple[str, str | None]]:
    """A logpoint's text in pieces: a literal, and the expression in braces after it, if there is one."""
    position = 0
    while True:
        opening = template.find('{', position)
        closing = _closing(template, opening)
        if opening == -1 or closing == -1:
            yield template[position:], None
            return
        yield template[position:opening], template[opening + 1 : closing]
        position = closing + 1


def _closing(template: str, opening: int) -> int:
    """Where the brace closes: an expression may hold braces of its own."""
    closing = template.find('}', opening + 1)
    while closing != -1:
        try:
            compile(template[opening + 1 : closing].strip(), '<logpoint>', 'eval')
        except (SyntaxError, ValueError):
            closing = template.find('}', closing + 1)
            continue
        return closing
    return -1
