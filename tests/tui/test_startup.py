"""The first frame is not kept waiting by what is needed later."""

from __future__ import annotations

import subprocess
import sys


def test_heavy_widgets_are_not_imported_before_they_are_used() -> None:
    code = (
        'import sys; import pydantic_ai_debug.tui.app, pydantic_ai_debug.tui.panes; '
        "print(*(name for name in sys.modules if name.startswith(('markdown_it', 'pydantic_ai.', 'tree_sitter')) "
        "or name in ('textual.widgets._markdown', 'textual.widgets._text_area', 'pydantic_ai')))"
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
