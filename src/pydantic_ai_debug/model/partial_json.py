"""JSON that is still arriving: what of it has come, and which values are whole.

A parser for whole texts cannot tell `"Par` from `"Par"`, and would begin anew with each delta. Knows nothing of what the
values mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from json import JSONDecodeError, decoder
from math import inf, nan
from typing import Protocol, TypeAlias, cast

MAX_DEPTH = 64
"""Values nested deeper are not read."""

_SPACE = re.compile(r'[ \t\n\r]*')
_STRING = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_CUT_ESCAPE = re.compile(r'((?:^|[^\\])(?:\\\\)*)\\u[0-9a-fA-F]{0,3}$')
_CUT_SURROGATE = re.compile(r'[\ud800-\udbff]$')
_NUMBER_CHARACTERS = re.compile(r'[-+0-9.eE]*')
_NUMBER = re.compile(r'-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?')
_LITERALS: dict[str, bool | float | None] = {
    'true': True,
    'false': False,
    'null': None,
    'NaN': nan,
    'Infinity': inf,
    '-Infinity': -inf,
}


class _ScanString(Protocol):
    def __call__(self, text: str, begin: int, strict: bool, /) -> tuple[str, int]: ...


_scan_string = cast(_ScanString, vars(decoder)['scanstring'])
"""Decodes a string literal from behind its quote on, and says where it ends."""


@dataclass(frozen=True)
class JsonScalar:
    """A text, number, truth value or null; of one that is not whole, the beginning."""

    value: str | int | float | bool | None
    whole: bool


@dataclass(frozen=True)
class JsonArray:
    items: tuple[JsonNode, ...]
    whole: bool


@dataclass(frozen=True)
class JsonObject:
    members: tuple[tuple[str, JsonNode], ...]
    """By name, as first named; a value that is named again replaces the one before."""
    whole: bool


JsonNode: TypeAlias = JsonScalar | JsonArray | JsonObject | None
"""A value as far as it has come; None where nothing can be told of it yet."""


@dataclass(frozen=True)
class PartialJson:
    """A text read as far as it is JSON."""

    root: JsonNode
    problem: str = ''
    """Why it cannot become JSON any more; empty where it is, or may still."""


class _CutShortError(Exception):
    """The text ends here, or is no JSON from here on: all that is open stays open."""

    def __init__(self, node: JsonNode, problem: str = '') -> None:
        super().__init__(problem)
        self.node = node
        self.problem = problem


@dataclass
class _OpenArray:
    """What is read of an array that is not whole."""

    place: int
    """Up to where it is read."""
    items: list[JsonNode] = field(default_factory=list['JsonNode'])


@dataclass
class _OpenObject:
    place: int
    members: dict[str, JsonNode] = field(default_factory=dict[str, 'JsonNode'])


class JsonReader:
    """Reads one text that grows. Values that are whole are read once, and stay the same objects."""

    def __init__(self) -> None:
        self._text = ''
        self._open: dict[int, _OpenArray | _OpenObject] = {}
        """By the place where it begins."""
        self._whole: tuple[JsonNode, int] | None = None

    def read(self, text: str) -> PartialJson:
        """Read a text that may end anywhere; never fails. Costs what was added since the text before."""
        if not text.startswith(self._text):
            self._open.clear()
            self._whole = None
        self._text = text
        try:
            root, end = self._whole = self._whole or self._value(_skip_space(text, 0), 0)
        except _CutShortError as cut:
            return PartialJson(cut.node, cut.problem)
        end = _skip_space(text, end)
        return PartialJson(root, _not_json(end) if end < len(text) else '')

    def _value(self, start: int, depth: int) -> tuple[JsonNode, int]:
        """The value that begins at `start`, and where it ends.

        Raises:
            _CutShortError: The text ends before the value does, or it is no JSON; with what has come of it.
        """
        if depth > MAX_DEPTH:
            raise _CutShortError(None, f'nested deeper than {MAX_DEPTH} levels')
        match self._text[start : start + 1]:
            case '':
                raise _CutShortError(None)
            case '{':
                return self._object(start, depth)
            case '[':
                return self._array(start, depth)
            case '"':
                text, end = self._string(start + 1)
                return JsonScalar(text, True), end
            case _:
                return self._literal(start)

    def _object(self, start: int, depth: int) -> tuple[JsonNode, int]:
        known = self._open.get(start)
        so_far = self._open[start] = known if isinstance(known, _OpenObject) else _OpenObject(start + 1)
        members = so_far.members
        while True:
            name = None
            try:
                place = self._next(so_far.place)
                if self._text[place] == '}':
                    del self._open[start]
                    return JsonObject(tuple(members.items()), True), place + 1
                if members:
                    place = self._next(self._expect(',', place))
                text, place = self._string(self._expect('"', place))
                # Only a name that is whole says something.
                name = text
                place = self._expect(':', self._next(place))
                members[name], so_far.place = self._value(_skip_space(self._text, place), depth + 1)
            except _CutShortError as cut:
                come = members if name is None else {**members, name: cut.node}
                raise _CutShortError(JsonObject(tuple(come.items()), False), cut.problem) from None

    def _array(self, start: int, depth: int) -> tuple[JsonNode, int]:
        known = self._open.get(start)
        so_far = self._open[start] = known if isinstance(known, _OpenArray) else _OpenArray(start + 1)
        items = so_far.items
        while True:
            try:
                place = self._next(so_far.place)
                if self._text[place] == ']':
                    del self._open[start]
                    return JsonArray(tuple(items), True), place + 1
                if items:
                    place = self._next(self._expect(',', place))
                item, so_far.place = self._value(place, depth + 1)
                items.append(item)
            except _CutShortError as cut:
                come = items if cut.node is None else [*items, cut.node]
                raise _CutShortError(JsonArray(tuple(come), False), cut.problem) from None

    def _string(self, start: int) -> tuple[str, int]:
        """The text of a string from behind its quote on, and where it ends.

        Raises:
            _CutShortError: It is not whole; with what has come of it.
        """
        try:
            return _scan_string(self._text, start, False)
        except JSONDecodeError:
            pass
        match = _STRING.match(self._text, start)
        end = match.end() if match else start
        if self._text[end : end + 1] == '"':
            raise _CutShortError(None, _not_json(start))
        shown = _CUT_ESCAPE.sub(r'\1', self._text[start:end])
        try:
            text, _ = _scan_string(f'{shown}"', 0, False)
        except JSONDecodeError:
            raise _CutShortError(None, _not_json(start)) from None
        # Half of a character beyond the first 65,536 is none.
        raise _CutShortError(JsonScalar(_CUT_SURROGATE.sub('', text), False))

    def _literal(self, start: int) -> tuple[JsonNode, int]:
        number = _NUMBER.match(self._text, start)
        if number is not None:
            return self._number(number)
        for word, value in _LITERALS.items():
            if self._text.startswith(word, start):
                return JsonScalar(value, True), start + len(word)
        rest = self._text[start : start + 10]
        may_come = start + len(rest) == len(self._text) and any(word.startswith(rest) for word in _LITERALS)
        raise _CutShortError(None, '' if may_come else _not_json(start))

    def _number(self, match: re.Match[str]) -> tuple[JsonNode, int]:
        rest = _NUMBER_CHARACTERS.match(self._text, match.end())
        end = rest.end() if rest is not None else match.end()
        if end == len(self._text):
            raise _CutShortError(JsonScalar(_number(match), False))
        if end > match.end():
            raise _CutShortError(None, _not_json(match.start()))
        return JsonScalar(_number(match), True), end

    def _next(self, place: int) -> int:
        """Where the next character is that says something."""
        place = _skip_space(self._text, place)
        if place >= len(self._text):
            raise _CutShortError(None)
        return place

    def _expect(self, character: str, place: int) -> int:
        """The place behind a character that has to be there."""
        if self._text[place] != character:
            raise _CutShortError(None, _not_json(place))
        return place + 1


def _skip_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _number(match: re.Match[str]) -> int | float:
    if match[1] or match[2]:
        return float(match[0])
    try:
        return int(match[0])
    except ValueError:  # more digits than Python turns into a number
        return float(match[0])


def _not_json(place: int) -> str:
    return f'not JSON from character {place + 1:,} on'
