"""What must hold before any test module is imported."""

from __future__ import annotations

import gc
import os

# Textual reads these when it is imported; they would change every drawing.
for _name in ('NO_COLOR', 'TEXTUAL_THEME', 'TEXTUAL_ANIMATIONS', 'COLUMNS', 'LINES'):
    os.environ.pop(_name, None)
# Each of several hundred children would compile the debugger's modules for itself.
os.environ.pop('PYTHONDONTWRITEBYTECODE', None)


def pytest_collection_finish() -> None:
    """What is imported by now stays: the garbage collector need not go through it again with each app of a test."""
    gc.collect()
    gc.freeze()
