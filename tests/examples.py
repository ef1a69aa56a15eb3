"""How many examples a property is tried with. Each run tries others, so that `make test` tries a half of them."""

import os

SHARE = float(os.environ.get("EXAMPLES", "0.5"))


def examples(number: int) -> int:
    """That many, by the share of them that this run is to try: EXAMPLES=5 tries ten times as many as `make test`."""
    return max(10, round(number * SHARE))
