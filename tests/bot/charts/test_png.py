"""That a picture comes out, in time, whatever stands in it. How it looks was judged by eye."""

import struct
import subprocess
import sys
import time

import pytest

from bot.charts import burn_down, burn_down_png
from scanners.errors import PatrolError
from tests.bot.charts.cases import CASES, month


def size(data: bytes) -> tuple[int, int]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    return width, height


@pytest.mark.parametrize(
    ("case", "height"),
    [("missed_week", 1080), ("one_day", 1080), ("never_scanned", 250), ("nothing_found", 250)],
)
def test_every_case_becomes_a_picture(case: str, height: int) -> None:
    assert size(burn_down_png(burn_down(CASES[case], "payments"))) == (1440, height)


def test_a_hostile_name_is_drawn_as_letters(recwarn: pytest.WarningsRecorder) -> None:
    data = burn_down_png(burn_down(month(), "$\\frac{1}{0}$ {x} \n\x1b[31m 漢字 " + "long" * 40))
    assert size(data) == (1440, 1080)
    assert not recwarn.list


def test_a_picture_takes_less_than_a_second_after_the_import() -> None:
    picture = burn_down(CASES["ten_thousand"], "payments")
    burn_down_png(picture)
    began = time.process_time()
    burn_down_png(picture)
    assert time.process_time() - began < 1


def test_matplotlib_is_loaded_only_when_a_picture_is_asked_for_and_never_pyplot() -> None:
    code = (
        "import sys, bot.charts as c; assert 'matplotlib' not in sys.modules\n"
        "from datetime import date\n"
        "c.burn_down_png(c.burn_down([], 'web')); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(PatrolError, match=r"patrol-bot\[charts\]"):
        burn_down_png(burn_down(month(), "web"))
