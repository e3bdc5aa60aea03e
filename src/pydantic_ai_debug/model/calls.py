"""A tool call in one line, as Python would write it: `forecast(city="Paris", days=3)`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from pydantic_ai_debug.protocol.events import Json

from .literal import literal

MAX_TEXT = 60
"""Characters of one string; a row has no room for more."""
MAX_ITEMS = 8


def call_arguments(args: Json) -> str:
    """What stands between the parentheses; safe to draw."""
    if isinstance(args, Mapping):
        pairs = list(cast('Mapping[str, Json]', args).items())
        shown = [f'{literal(name, MAX_TEXT)}={short_json(value)}' for name, value in pairs[:MAX_ITEMS]]
        return ', '.join([*shown, '…'] if len(pairs) > MAX_ITEMS else shown)
    return '' if args is None else short_json(args)


def short_json(value: Json, depth: int = 2) -> str:
    """JSON on one line, however long and deep it is; what is left out is an ellipsis."""
    if isinstance(value, str):
        cut = value[:MAX_TEXT]
        text = json.dumps(cut, ensure_ascii=False)
        return literal(text if len(cut) == len(value) else f'{text[:-1]}…"')
    if isinstance(value, Mapping):
        pairs = list(cast('Mapping[str, Json]', value).items())
        if pairs and depth == 0:
            return '{…}'
        shown = [f'{short_json(name)}: {short_json(item, depth - 1)}' for name, item in pairs[:MAX_ITEMS]]
        return f'{{{_joined(shown, len(pairs))}}}'
    if isinstance(value, (list, tuple)):
        items = cast('Sequence[Json]', value)
        if items and depth == 0:
            return '[…]'
        return f'[{_joined([short_json(item, depth - 1) for item in items[:MAX_ITEMS]], len(items))}]'
    return json.dumps(value, default=str)[:MAX_TEXT]


def _joined(shown: list[str], count: int) -> str:
    return ', '.join([*shown, '…'] if count > len(shown) else shown)
