"""How fast a response came: time to the first token, tokens or characters a second."""

from __future__ import annotations

from pydantic_ai_debug.model import numbers
from pydantic_ai_debug.model.state import NodeState


def pace_text(node: NodeState, characters: int) -> str:
    """A line such as `first token 412 ms · 61 tokens/s`; `characters` is how many were streamed."""
    if node.kind != 'ModelRequestNode':
        return numbers.duration(node.duration) if node.duration is not None else ''
    tokens = node.tokens.output if node.tokens is not None else 0
    if node.first_token is None or node.started is None:
        whole = f'came whole after {numbers.duration(node.duration)}' if node.duration is not None else ''
        return f'{whole} · {numbers.plural(tokens, "token")}' if whole and tokens else whole
    words = [f'first token {numbers.duration(max(node.first_token - node.started, 0))}']
    seconds = (node.last_token or node.first_token) - node.first_token
    amount, unit = (tokens, 'tokens') if tokens else (characters, 'characters')
    if amount and seconds > 0.05:
        words.append(f'{numbers.count(amount / seconds)} {unit}/s')
    elif amount:
        words.append(f'{numbers.count(amount)} {unit}')
    return ' · '.join(words)
