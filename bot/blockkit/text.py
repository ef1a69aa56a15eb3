"""Text for Slack: nothing that was scanned is read as markup, and no secret passes."""

import re

REDACTED = "[redacted]"
_SECRETS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        (r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}", 0),
        (r"\bxapp-[A-Za-z0-9-]{8,}", 0),
        (r"\bgh[opsur]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}", 0),
        (r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?=\S*[\s:,'\"]+[A-Za-z0-9/+]{40}\b)", 0),
        (r"(?<![A-Za-z0-9/+=])(?=[A-Za-z0-9/+]{0,39}[/+])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])"
         r"(?=[A-Za-z0-9/+]*[0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=:.-])(?<!/)", 0),
        (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}", 0),
    )
)  # fmt: skip
# `password=hunter2`: the name stays, so that a reader knows what stood there.
_NAMED = re.compile(
    r"""(?i)\b((?:aws_?)?(?:secret_?access_?key|session_?token|password|passwd|secret|api_?key|auth_?token)\b
    ["']?\s*[:=]\s*)(?!\[redacted\])("[^"\n]{4,}"|'[^'\n]{4,}'|[^\s"'&|;,<>`\]})]{4,})""",
    re.VERBOSE,
)
_USERINFO = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{1,100}:[^\s/@]{1,200}@")


def escape(text: str) -> str:
    """`text` with `&`, `<` and `>` as entities: no mention, link or date can start in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Inline code. A backtick inside would end it, so it becomes an apostrophe; line ends become spaces."""
    inside = " ".join(escape(text).replace("`", "'").split("\n")).replace("\r", " ")
    return f"`{inside}`" if inside.strip() else "`(empty)`"


def fence(text: str) -> str:
    """A block of code. Three backticks inside are parted by a zero-width space, so that they end nothing."""
    inside = escape(text.strip("\n")).replace("```", "`\u200b`\u200b`")
    if inside.endswith("`"):
        inside += "\u200b"
    return f"```\n{inside}\n```"


def redact(text: str) -> str:
    """`text` without credentials: keys, tokens, private keys, passwords behind a name or in a URL."""
    for pattern in _SECRETS:
        text = pattern.sub(REDACTED, text)
    text = _NAMED.sub(rf"\1{REDACTED}", text)
    return _USERINFO.sub(rf"\1{REDACTED}@", text)


def cut(text: str, most: int, tail: str) -> str:
    """`text` in at most `most` letters, ended at a line end where one is near, then `tail`.

    A code fence that is cut open is closed again, and no entity is cut in half.
    """
    if len(text) <= most:
        return text
    closing = "\n```"
    room = max(0, most - len(tail) - len(closing) - 1)
    kept = text[:room]
    line_end = kept.rfind("\n")
    if line_end > room // 2:
        kept = kept[:line_end]
    kept = re.sub(r"&[a-z]{0,3}\Z", "", kept)
    kept = _without_half(kept)
    if kept.count("```") % 2:
        return f"{kept}{closing}{tail}"[:most]
    if kept.count("`") % 2:
        kept += "`"
    return f"{kept}\n{tail}"[:most] if tail else kept[:most]


def _without_half(text: str) -> str:
    """`text` without a `<...>` that was cut open at its end."""
    start = text.rfind("<")
    return text[:start] if start > text.rfind(">") else text
