"""The figures in the sentences of docs/cost.md: `<b title="get 1×8 03, cpu_us">31 µs</b>`.

The title names a row of docs/bench.json and what was measured; the sentence has its rounding. Two rows may be compared,
`ROW ÷ ROW, cpu_us` or `ROW − ROW, instructions`, and `ROW, cpu_us_ratio − 1` is what is added: 11 % where the ratio is 1.11.
"""
import pathlib
import re

from .servers import ROOT

PAGE = ROOT / "docs/cost.md"
DATA = ROOT / "docs/bench.json"
FIGURE = re.compile(r'<b title="([^"]+)">([^<]+)</b>')
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
UNITS = {"ms": 0.001, "%": 100}  # beside microseconds, and beside ratios


def _measured(measured: dict, row: str, figure: str) -> float:
    found = measured[figure][row] if figure in measured else measured["rows"][row][figure]
    return found[0] if isinstance(found, list) else found


def value(measured: dict, title: str) -> float:
    """What was measured; KeyError where nothing of that name was."""
    rows, _, figure = title.rpartition(", ")
    figure, added, _ = figure.partition(" − 1")
    if goal := measured["goals"].get(title):  # a ratio within each sweep, which is better than one of two medians
        return goal["ratio"][0]
    row, sign, other = re.fullmatch(r"(.+?)(?: ([÷−]) (.+))?", rows).groups()
    number = _measured(measured, row, figure) - (1 if added else 0)
    match sign:
        case "÷":
            return number / _measured(measured, other, figure)
        case "−":
            return number - _measured(measured, other, figure)
    return number


def in_unit(said: str, number: float) -> float:
    """The number in the unit in which it is said."""
    return number * UNITS.get(said.rpartition(" ")[2], 1)


def rounded(said: str, number: float) -> str:
    """What is to be said instead, with as many digits: 66,000 is in thousands, 1.6 in tenths. What has no number stays."""
    def like(found: re.Match) -> str:
        whole, _, tenths = found[0].replace(",", "").partition(".")
        places = len(tenths) if tenths else len(whole.rstrip("0")) - len(whole)
        return f"{round(in_unit(said, number), places):,.{max(places, 0)}f}"
    return NUMBER.sub(like, said)


def written(measured: dict) -> str:
    """The page with what was measured in place of what it says."""
    return FIGURE.sub(lambda found: f'<b title="{found[1]}">{rounded(found[2], value(measured, found[1]))}</b>',
                      pathlib.Path(PAGE).read_text(encoding="utf-8"))
