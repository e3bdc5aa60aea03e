"""JSON as indented, coloured text, within limits of size and depth."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic_ai_debug.model.json_layout import json_pieces
from pydantic_ai_debug.protocol.events import Json

from .styled import Span

_MAX_SPANS = 20_000


def dump_json(value: Json) -> str:
    """JSON as people paste it, for the clipboard."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def json_spans(value: Json, indent: int = 0) -> Iterator[Span]:
    """A value as indented JSON; what is beyond the limits is an ellipsis."""
    for number, (text, style, depth) in enumerate(json_pieces(value)):
        if number >= _MAX_SPANS:
            yield Span('\n… more', 'dim', indent)
            return
        yield Span(text, style, indent + 2 * depth)
