"""IAM's wildcards, in time that no pattern can blow up.

A regular expression would take ages over `*a*a*a*a*b`; this walk takes at most pattern times value steps.
"""


def matches(pattern: str, value: str) -> bool:
    """`*` any run, `?` one character; case folded, as AWS reads actions."""
    return same(pattern.casefold(), value.casefold())


def same(pattern: str, value: str) -> bool:
    """The same with capitals told apart, as AWS reads ARNs."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == value
    at, place, star, resume = 0, 0, -1, 0
    while at < len(value):
        if place < len(pattern) and pattern[place] == "*":
            star, resume = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", value[at]):
            at += 1
            place += 1
        elif star >= 0:  # the last star takes one character more
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return all(letter == "*" for letter in pattern[place:])
