"""Text for Slack: nothing that was scanned is read as markup, and no secret passes."""

import re
from collections.abc import Callable

REDACTED = "[redacted]"
# Each with words of which every match holds one, folded: most texts hold none, and looking for a word costs next to nothing.
_SECRETS = tuple(
    (words, re.compile(pattern, flags))
    for words, pattern, flags in (
        (("-----begin ",),
         r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
         re.DOTALL),
        (("xox",), r"(?<![A-Za-z0-9])xox[a-z]-[A-Za-z0-9%/+=-]{8,}", 0),
        (("xapp-",), r"(?<![A-Za-z0-9])xapp-[A-Za-z0-9-]{8,}", 0),
        (("hooks.slack.com/",), r"\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{8,}", 0),
        (("gh", "github_pat_"),
         r"(?<![A-Za-z0-9])(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})", 0),
        # A key's id alone is no secret, and the command that retires the key needs it.
        (("akia", "asia"), r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b(?=\S*[\s:,'\"]+(?:[A-Za-z0-9/+]{40}\b|\[redacted\]))", 0),
        # The path of a link to a message may be just as long as a secret key.
        ((),
         r"(?<![A-Za-z0-9/+=])(?!com/archives/[A-Z0-9]{8,12}/p[0-9]{16}\b)(?=[A-Za-z0-9/+]{0,39}[/+])(?=[A-Za-z0-9/+]*[A-Z])"
         r"(?=[A-Za-z0-9/+]*[a-z])"
         r"(?=[A-Za-z0-9/+]*[0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=:.-])(?<!/)", 0),
        (("eyj",), r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}", 0),
        (("bearer ",), r"(?i)(?<=bearer )(?=\S*[0-9])[A-Za-z0-9._~+/=-]{16,}", 0),
    )
)  # fmt: skip
# `DB_PASSWORD=hunter2`: the name stays, so that a reader knows what stood there. Not the name: `secret:` in the
# ARN of a secret. Not a secret: a yes or a no.
_NAMED = re.compile(
    r"""(?i)((?:secret_?access_?key|(?:session|access|auth|api)_?token|password|passwd|passphrase|\bpwd
    |(?<![\d*]:)secret|api_?key)\b["']?\s*[:=]\s*)
    (?!\[redacted\]|["']?(?:true|false|null|none)\b)
    ("[^"\n]{4,}"|'[^'\n]{4,}'|(?:&(?:amp|lt|gt);|[^\s"'&|;,<>`\]})]){4,})""",
    re.VERBOSE,
)
_NAMES = ("key", "token", "passw", "passphrase", "pwd", "secret")
_USERINFO = re.compile(r"(\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:<>|]{0,100}:[^\s/<>|]{1,200}@")
_LINE_ENDS = re.compile("[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_HALF_LETTERS = re.compile("[\ud800-\udfff]")
# What a cut may leave of an entity, or of the word that stands for a secret.
_HALF_WORD = re.compile(r"(?:&[a-z]{0,3}|\[(?:r|re|red|reda|redac|redact|redacte|redacted)?)\Z")
_HALF_TICKS = re.compile(r"(?<!`)`{1,2}\Z")


def escape(text: str) -> str:
    """`text` with `&`, `<` and `>` as entities: no mention, link or date can start in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Inline code. A backtick inside would end it, so it becomes an apostrophe; line ends become spaces."""
    inside = _LINE_ENDS.sub(" ", escape(text).replace("`", "'"))
    return f"`{inside}`" if inside.strip() else "`(empty)`"


def fence(text: str) -> str:
    """A block of code. Three backticks inside are parted by a zero-width space, so that they end nothing."""
    inside = escape(text.strip("\n")).replace("```", "`\u200b`\u200b`")
    # Two left over, or one at the end, would join others into three.
    inside = inside.replace("```", "`\u200b``")
    if inside.endswith("`"):
        inside += "\u200b"
    return f"```\n{inside}\n```"


def redact(text: str) -> str:
    """`text` without credentials: keys, tokens, private keys, passwords behind a name or in a URL."""
    folded = text.casefold()  # what stands for a secret holds none of the words
    for words, pattern in _SECRETS:
        if not words or any(word in folded for word in words):
            text = pattern.sub(REDACTED, text)
    if any(name in folded for name in _NAMES):
        text = _NAMED.sub(rf"\1{REDACTED}", text)
    return _USERINFO.sub(rf"\1{REDACTED}@", text) if "://" in text else text


def sendable(text: str) -> str:
    """`text` redacted, and each half letter (a lone surrogate, which no JSON may hold) as U+FFFD."""
    return redact(_HALF_LETTERS.sub("\ufffd", text))


def settled(text: str, shorten: Callable[[str], str]) -> str:
    """`text` sendable and short. A cut can lay a secret bare, whose redaction can be longer: so until all is still."""
    for _ in range(10):
        done = shorten(sendable(text))
        if done == text:
            break
        text = done
    return text


def cut(text: str, most: int, tail: str) -> str:
    """`text` in at most `most` letters, ended at a line end where one is near, then `tail`.

    A code fence that is cut open is closed again, and no entity is cut in half. A `tail` longer than a third of `most`
    is left out.
    """
    if len(text) <= most:
        return text
    end = f"\n{tail}" if tail and len(tail) * 3 <= most else ""
    room = max(0, most - len(end) - len("\n```"))
    kept = text[:room]
    line_end = kept.rfind("\n")
    if line_end > room // 2:
        kept = kept[:line_end]
    kept = _HALF_TICKS.sub("", _without_half(without_half_word(kept)))
    return _closed(kept) + end


def without_half_word(text: str) -> str:
    """`text`, that was cut somewhere, without the half of an entity or of "[redacted]" at its end."""
    return _HALF_WORD.sub("", text)


def _closed(text: str) -> str:
    """`text` with the code in it ended."""
    parts = text.split("```")
    if len(parts) % 2 == 0:
        return f"{text}\n```" if parts[-1] else text[:-3]
    return text + "`" if parts[-1].count("`") % 2 else text


def _without_half(text: str) -> str:
    """`text` without a `<...>` that was cut open at its end."""
    start = text.rfind("<")
    return text[:start] if start > text.rfind(">") else text
