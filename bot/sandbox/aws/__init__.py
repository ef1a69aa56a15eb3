"""An AWS account on loopback: moto's server with a small company in it, and fixes applied by the real CLI."""

from bot.sandbox.aws.apply import Applied, apply_fix
from bot.sandbox.aws.company import build_company
from bot.sandbox.aws.server import ACCOUNT, REGIONS, SandboxAws, session_of

__all__ = ["ACCOUNT", "REGIONS", "Applied", "SandboxAws", "apply_fix", "build_company", "session_of"]
