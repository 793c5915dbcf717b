"""The figures in the sentences of docs/cost.md: each names the row that it came from."""
import pathlib
import re

from .servers import ROOT

PAGE = ROOT / "docs/cost.md"
DATA = ROOT / "docs/bench.json"
# **1.6** times … (`get 1×8 03`, per_second_ratio) or (`get 1×8 03` ÷ `get 1×8 python`, per_second)
NAMED = re.compile(r"\*\*([\d.]+)\*\*([^*`]*\(`([^`]+)`(?: ÷ `([^`]+)`)?, (\w+)\))")
NONE = re.compile(r"no difference \(`([^`]+)`, (\w+)\)")


def value(measured: dict, row: str, under: str, figure: str) -> float:
    """What was measured; KeyError where nothing of that name was."""
    if figure in measured:  # by server, or by what was built
        return measured[figure][row] / (measured[figure][under] if under else 1)
    if under:
        goal = measured["goals"].get(f"{row} ÷ {under}, {figure}")
        return goal["ratio"][0] if goal else measured["rows"][row][figure] / measured["rows"][under][figure]
    found = measured["rows"][row][figure]
    return found[0] if figure.endswith("_ratio") else found


def figure_like(said: str, number: float) -> str:
    """The number with as many digits as were said."""
    return f"{number:.{len(said.partition('.')[2])}f}"


def written(measured: dict) -> str:
    """The page with what was measured in place of what it says."""
    return NAMED.sub(lambda match: f"**{figure_like(match[1], value(measured, match[3], match[4] or '', match[5]))}**{match[2]}",
                     pathlib.Path(PAGE).read_text(encoding="utf-8"))
