"""Texts that users edit: JSON with the places of its values, and secrets that were masked put back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from pydantic_ai_debug.protocol.events import Json
from pydantic_ai_debug.protocol.secrets import MASK

from .held import EditError

_MASK = re.compile(f'{MASK}[₀-₉]*')
_SPACE = re.compile(r'\s*')
_INDENT = 2


def pretty(value: Json) -> str:
    """JSON as it is edited."""
    return json.dumps(value, ensure_ascii=False, indent=_INDENT)


def parsed(text: str) -> Json:
    """The value of a JSON text.

    Raises:
        EditError: where it is none, with the place.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise EditError(f'no JSON: {error.msg}', error.lineno, error.colno) from None
    except RecursionError:
        raise EditError('no JSON: it is nested too deeply') from None


def place_of(text: str, path: Sequence[object]) -> tuple[int, int]:
    """Line and column, from 1, of what lies at a path of keys and indexes in a JSON text.

    Steps that lead nowhere are passed over: the paths of validation errors name the members of unions too.
    """
    at = _start(text, 0)
    for step in path:
        for key, value_at in _members(text, at):
            if key == step:
                at = value_at
                break
    return text.count('\n', 0, at) + 1, at - text.rfind('\n', 0, at)


def _start(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space is not None else at


def _members(text: str, at: int) -> Iterator[tuple[object, int]]:
    """Keys or indexes of an object or array at a place, and where their values begin."""
    if text[at : at + 1] not in ('{', '['):
        return
    decoder = json.JSONDecoder()
    is_object = text[at] == '{'
    index, at = 0, _start(text, at + 1)
    while text[at : at + 1] not in ('}', ']', ''):
        key: object = index
        if is_object:
            key, at = decoder.raw_decode(text, at)
            at = _start(text, _start(text, at) + 1)
        yield key, at
        _, at = decoder.raw_decode(text, at)
        at = _start(text, at)
        if text[at : at + 1] == ',':
            at = _start(text, at + 1)
        index += 1


def unmasked_text(text: str, shown: str, original: str) -> str:
    """A text that was edited, with the secrets that were masked when it was shown.

    Raises:
        EditError: where they cannot be told.
    """
    if _MASK.search(text) is None:
        return text
    if text == shown:
        return original
    secrets = _masked_pieces(shown, original)
    if secrets is None or len(_MASK.findall(text)) != len(secrets):
        raise EditError('a masked secret was moved or removed: write the text without masks')
    following = iter(secrets)
    return _MASK.sub(lambda _: next(following), text)


def _masked_pieces(shown: str, original: str) -> list[str] | None:
    """What the masks of a text stand for."""
    pattern = '(.*?)'.join(re.escape(piece) for piece in _MASK.split(shown))
    found = re.fullmatch(pattern, original, re.DOTALL)
    return list(found.groups()) if found is not None else None


def unmasked(value: Json, shown: Json, original: Json) -> Json:
    """The same for JSON: masked strings are those that stood at the same place, or the only ones masked alike.

    Raises:
        EditError: where they cannot be told.
    """
    alike: dict[str, set[str]] = {}
    _collect_masked(shown, original, alike)
    return _unmasked(value, shown, original, alike) if alike else value


def _collect_masked(shown: Any, original: Any, found: dict[str, set[str]]) -> None:
    if isinstance(shown, str) and isinstance(original, str) and _MASK.search(shown):
        found.setdefault(shown, set()).add(original)
    elif isinstance(shown, dict) and isinstance(original, dict):
        items = cast('dict[str, Any]', original)
        for key, item in cast('dict[str, Any]', shown).items():
            _collect_masked(item, items.get(key), found)
    elif isinstance(shown, list) and isinstance(original, list):
        for one, other in zip(cast('list[Any]', shown), cast('list[Any]', original), strict=False):
            _collect_masked(one, other, found)


def _unmasked(value: Any, shown: Any, original: Any, alike: dict[str, set[str]]) -> Any:
    if isinstance(value, dict):
        before = cast('dict[str, Any]', shown) if isinstance(shown, dict) else {}
        secret = cast('dict[str, Any]', original) if isinstance(original, dict) else {}
        items = cast('dict[str, Any]', value).items()
        return {key: _unmasked(item, before.get(key), secret.get(key), alike) for key, item in items}
    if isinstance(value, list):
        before_items = cast('list[Any]', shown) if isinstance(shown, list) else []
        secret_items = cast('list[Any]', original) if isinstance(original, list) else []
        return [
            _unmasked(item, _at(before_items, index), _at(secret_items, index), alike)
            for index, item in enumerate(cast('list[Any]', value))
        ]
    if not isinstance(value, str) or _MASK.search(value) is None:
        return value
    if value == shown and isinstance(original, str):
        return original
    if isinstance(shown, str) and isinstance(original, str):
        return unmasked_text(value, shown, original)
    originals = alike.get(value, set())
    if len(originals) != 1:
        raise EditError('a masked secret was changed: write the value without masks')
    return next(iter(originals))


def _at(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else None
