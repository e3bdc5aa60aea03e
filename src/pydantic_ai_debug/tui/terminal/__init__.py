"""The terminal that was lent to us: given back as it was found, whatever ends us.

Knows nothing of the debugger: only how an app of ours takes the terminal and lets go of it.
"""

from .guarded import GuardedApp, run_guarded

__all__ = ['GuardedApp', 'run_guarded']
