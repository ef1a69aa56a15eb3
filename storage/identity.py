"""Finding identity: what makes two failures the same finding (design, "Identity")."""

import hashlib
import json
from functools import lru_cache
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# JSONEncoder makes its C encoder anew for each value, which costs as much as encoding a small one; this is
# the same encoder, made once. An interpreter without it takes the slower way; a test holds the two equal.
_ENCODE = c_make_encoder and c_make_encoder(
    None, _ENCODER.default, encode_basestring, None, ":", ",", True, False, True
)


def finding_id(control: str, scope: str, subject: str, locus: str) -> str:
    """ "pf1_" and the SHA-256 of the canonical JSON of the four parts, in hex.

    Severity, titles and versions are never part of it: they change on the same finding.
    """
    text = f"{_head(control, scope)},{encode_basestring(subject)},{encode_basestring(locus)}]"
    return "pf1_" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


@lru_cache(maxsize=1024)
def _head(control: str, scope: str) -> str:
    return _ENCODER.encode([control, scope])[:-1]


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, non-ASCII kept: one text for one value.

    A lone surrogate (hostile input can hold one) is escaped, for UTF-8 has no form for it.
    """
    return _plain(value).encode("utf-8", "backslashreplace")


def canonical_text(value: object) -> str:
    """As `canonical`, as text that SQLite can store."""
    # Not by way of the functions below: this is called for every verdict of a scan.
    text = "".join(_ENCODE(value, 0)) if _ENCODE else _ENCODER.encode(value)
    return text if text.isascii() else storable(text)


def _plain(value: object) -> str:
    return "".join(_ENCODE(value, 0)) if _ENCODE else _ENCODER.encode(value)


def storable(text: str) -> str:
    """`text`, with lone surrogates escaped: SQLite refuses them, and one bad name must not cost a scan."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
