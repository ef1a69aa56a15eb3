"""Labels beside one another: as near to where they belong as they can be without touching."""

from collections.abc import Sequence


def spaced(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places for labels that want to stand at `wanted`, ascending, each at least `gap` above the one before.

    The order stays, and the sum of squared shifts is the least. All lie between `low` and `high` where there is
    room for them; where there is none, they begin at `low`.
    """
    # With the gaps taken out, "at least a gap apart" is "not descending": neighbours that cross share their mean.
    blocks: list[tuple[float, int]] = []
    for index, place in enumerate(wanted):
        mean, size = place - index * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, count = blocks.pop()
            mean, size = (before * count + mean * size) / (count + size), size + count
        blocks.append((mean, size))
    flat = [mean for mean, size in blocks for _ in range(size)]
    top = max(low, high - (len(flat) - 1) * gap)
    return [min(max(place, low), top) + index * gap for index, place in enumerate(flat)]
