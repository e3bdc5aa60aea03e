"""JSON as it is typed: the colours of one line, and the place where a text stops being JSON.

A string of JSON ends on the line it begins on, so that every line has its tokens whatever is around it: an edit costs
the lines that are drawn. (A grammar for tree-sitter would be another dependency, and one of its versions crashes.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

JsonStyle: TypeAlias = Literal['json-key', 'json-string', 'json-literal']

_MAX_LINE = 20_000
"""Characters of a line up to which it is coloured."""
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*"?)(?P<colon>\s*:)?|(?P<literal>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)'
)
_UNSAFE = re.compile('[\x7f-\x9f\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff]')


def json_tokens(line: str) -> Iterator[tuple[int, int, JsonStyle]]:
    """Where in a line something is coloured, and how."""
    if len(line) > _MAX_LINE:
        return
    for match in _TOKEN.finditer(line):
        start, end = match.span('string' if match['string'] else 'literal')
        yield start, end, 'json-literal' if match['literal'] else 'json-key' if match['colon'] else 'json-string'


def editable_json(text: str) -> str:
    """The same JSON with characters escaped that cannot be seen, or that an editor takes for the end of a line."""
    return _UNSAFE.sub(lambda match: f'\\u{ord(match[0]):04x}', text)


@dataclass(frozen=True)
class JsonProblem:
    """Why a text is no JSON."""

    message: str
    line: int
    """From 1."""
    column: int


@lru_cache(maxsize=8)
def json_problem(text: str) -> JsonProblem | None:
    """Where a text stops being JSON; None where it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        return JsonProblem(message, error.lineno, error.colno)
    except RecursionError:
        return JsonProblem('nested too deeply', 1, 1)
    except ValueError as error:  # an integer of thousands of digits
        return JsonProblem(str(error), 1, 1)
    return None
