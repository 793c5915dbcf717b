"""Keeps the figures in the pages equal to docs/bench.json: `<b title="get 1×8 03, cpu_us">31 µs</b>`.

The title names a row of docs/bench.json and a figure of it, which the sentence rounds. A title can compare two rows:
`ROW ÷ ROW, cpu_us` or `ROW − ROW, instructions`. `ROW, cpu_us_ratio − 1` is the overhead: 11 % for a ratio of 1.11.
"""
import re

from .servers import ROOT

PAGES = (ROOT / "docs/cost.md", ROOT / "docs/which_api.md", ROOT / "docs/12_persistence.md", ROOT / "docs/13_operations.md",
         ROOT / "docs/14_distributed.md")
DATA = ROOT / "docs/bench.json"
FIGURE = re.compile(r'<b title="([^"]+)">([^<]+)</b>')
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
UNITS = {"ms": 0.001, "%": 100}  # factors from microseconds and from ratios


def _measured(measured: dict, row: str, figure: str) -> float:
    found = measured[figure][row] if figure in measured else measured["rows"][row][figure]
    return found[0] if isinstance(found, list) else found


def value(measured: dict, title: str) -> float:
    """Returns the measured value that a title names. Raises KeyError if there is none."""
    rows, _, figure = title.rpartition(", ")
    figure, added, _ = figure.partition(" − 1")
    if goal := measured["goals"].get(title):  # from ratios within each sweep: more precise than a ratio of two medians
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
    """Converts the number to the unit that the sentence uses."""
    return number * UNITS.get(said.rpartition(" ")[2], 1)


def rounded(said: str, number: float) -> str:
    """Rounds the new figure like the old: 66,000 to thousands, 1.6 to tenths. Text without a number is unchanged."""
    def like(found: re.Match) -> str:
        whole, _, tenths = found[0].replace(",", "").partition(".")
        places = len(tenths) if tenths else len(whole.rstrip("0")) - len(whole)
        return f"{round(in_unit(said, number), places):,.{max(places, 0)}f}"
    return NUMBER.sub(like, said)


def written(measured: dict, text: str) -> str:
    """Returns the text of a page with its figures replaced by the measured ones."""
    return FIGURE.sub(lambda found: f'<b title="{found[1]}">{rounded(found[2], value(measured, found[1]))}</b>', text)
