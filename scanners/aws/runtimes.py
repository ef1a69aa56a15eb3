"""When AWS stops patching each Lambda runtime.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, "Supported runtimes" and "Deprecated
runtimes", column "Deprecation date", as it stood in January 2026. AWS moves dates of the future, mostly back.
"""

import re
from collections.abc import Mapping
from datetime import date

AS_OF = date(2026, 1, 15)
DEPRECATED_ON: Mapping[str, date] = {
    "nodejs": date(2016, 10, 31), "nodejs4.3": date(2020, 3, 5), "nodejs4.3-edge": date(2020, 3, 5),
    "nodejs6.10": date(2019, 8, 12), "nodejs8.10": date(2020, 3, 6), "nodejs10.x": date(2021, 7, 30),
    "nodejs12.x": date(2023, 3, 31), "nodejs14.x": date(2023, 12, 4), "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1), "nodejs20.x": date(2026, 4, 30), "nodejs22.x": date(2027, 4, 30),
    "nodejs24.x": date(2028, 4, 30),
    "python2.7": date(2021, 7, 15), "python3.6": date(2022, 7, 18), "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14), "python3.9": date(2025, 12, 15), "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30), "python3.12": date(2028, 10, 31), "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
    "java8": date(2024, 1, 8), "java8.al2": date(2027, 6, 30), "java11": date(2027, 6, 30),
    "java17": date(2027, 6, 30), "java21": date(2029, 6, 30), "java25": date(2029, 6, 30),
    "dotnetcore1.0": date(2019, 6, 27), "dotnetcore2.0": date(2019, 5, 30), "dotnetcore2.1": date(2022, 1, 5),
    "dotnetcore3.1": date(2023, 4, 3), "dotnet5.0": date(2022, 5, 10), "dotnet6": date(2024, 12, 20),
    "dotnet7": date(2024, 5, 14), "dotnet8": date(2026, 11, 10), "dotnet10": date(2028, 11, 14),
    "ruby2.5": date(2021, 7, 30), "ruby2.7": date(2023, 12, 7), "ruby3.2": date(2026, 3, 31),
    "ruby3.3": date(2027, 3, 31), "ruby3.4": date(2028, 3, 31),
    "go1.x": date(2024, 1, 8), "provided": date(2024, 1, 8), "provided.al2": date(2026, 7, 31),
    "provided.al2023": date(2029, 6, 30),
}  # fmt: skip
# Languages that AWS gave a new family name, or no runtime of their own any more.
_HEIRS = {"dotnetcore": "dotnet", "go": "provided"}


def successor(runtime: str) -> str:
    """The runtime of the same language that AWS patches longest; "provided.al2023" for Go, which brings its own."""
    family = _family(runtime)
    family = _HEIRS.get(family, family)
    kin = [name for name in DEPRECATED_ON if _family(name) == family]
    # Of two that end on one day, the newer is written later in the table.
    return max(enumerate(kin), key=lambda at: (DEPRECATED_ON[at[1]], at[0]))[1] if kin else ""


def _family(runtime: str) -> str:
    found = re.match(r"[a-z]+", runtime)
    return found.group() if found else runtime
