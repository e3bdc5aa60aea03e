"""The schema that messages are serialised by, built once pydantic-ai is imported.

Not in the writer thread, and not later: pydantic changes the filters of `warnings` while it builds it, which are the
whole process's.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from pydantic_ai.messages import ModelMessagesTypeAdapter


@contextmanager
def shown_warnings_remembered() -> Generator[None]:
    """Keep `warnings` from forgetting which warnings it has shown: it does whenever its filters change."""
    module: Any = warnings
    forget = getattr(module, '_filters_mutated', None)
    if forget is None:
        yield
        return
    module._filters_mutated = lambda: None
    try:
        yield
    finally:
        module._filters_mutated = forget


with shown_warnings_remembered():
    ModelMessagesTypeAdapter.dump_python([])
    messages_adapter = ModelMessagesTypeAdapter
