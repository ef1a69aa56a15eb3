"""Scans run here, in processes of their own: a busy scan must not keep people in Slack waiting.

The parent's side is `pool` and `child`, the other side is `worker`; `frames` is what crosses between them.
Why, and what else was weighed: docs/decisions/0007-scans-in-processes.md
"""

from bot.executor.pool import Executor

__all__ = ["Executor"]
