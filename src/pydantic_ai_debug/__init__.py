"""`agent-debug`: a debugger for pydantic-ai agents, in the terminal.

This module stays free of imports: the child process loads the package inside the user's program,
and the command line answers `--version` before anything else is loaded.
"""

__version__ = '0.1.0'
