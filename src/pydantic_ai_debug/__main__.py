"""`python -m pydantic_ai_debug` is `agent-debug`."""

from __future__ import annotations

import sys

from pydantic_ai_debug.cli import main

if __name__ == '__main__':
    sys.exit(main())
