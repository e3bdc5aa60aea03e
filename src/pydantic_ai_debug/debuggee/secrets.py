"""Which values never leave the child as they are."""

from __future__ import annotations

import re
from typing import Any, cast

MASK = '••••••••'

_SECRET_NAME = re.compile(
    r'(^|_)(api_?key|apikey|access_?key|private_?key|secret(_?key)?|token|auth_?token|access_?token|refresh_?token|'
    r'bearer|passw(or)?d|passphrase|pwd|credentials?|authorization|proxy_authorization|cookie|set_cookie|x_api_key)$'
)
_WORD_BREAK = re.compile(r'(?<=[a-z0-9])(?=[A-Z])|[-\s.]+')


def is_secret_name(name: str) -> bool:
    """Whether a field, key or header of this name holds a secret: `api_key`, `accessToken`, `X-Api-Key`."""
    return _SECRET_NAME.search(_WORD_BREAK.sub('_', name).lower()) is not None


def masked(value: Any) -> Any:
    """A JSON value with the values of secret names replaced, at any depth. Numbers stay: a token count is no token."""
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(item, str) and item and is_secret_name(str(key)) else masked(item)
            for key, item in cast('dict[object, Any]', value).items()
        }
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in cast('list[Any]', value)]
    return value
