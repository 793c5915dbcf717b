"""The page "What a call costs" says what tools/bench measured: cost_test.py."""
import json
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/cost.md").read_text(encoding="utf-8")
MEASURED = json.loads((ROOT / "docs/bench.json").read_text(encoding="utf-8"))
# **1.6** times … (`get 1×8 03`, per_second_ratio) or (`get 1×8 03` ÷ `get 1×8 python`, per_second)
NAMED = re.compile(r"\*\*([\d.]+)\*\*[^*`]*\(`([^`]+)`(?: ÷ `([^`]+)`)?, (\w+)\)")
NOT_FIGURES = re.compile(r"`[^`]*`|\\ref \S+|stages? \d\d|HTTP/2|1\.51|grpc-go 1\.\d+|[^.]*\\\w+\{.*", re.MULTILINE)


def value(row: str, under: str, figure: str) -> float:
    """What was measured."""
    if under:
        goal = next(g for g in MEASURED["goals"] if (g["over"], g["under"], g["figure"]) == (row, under, figure))
        return goal["ratio"][0]
    if figure in ("instructions", "build_seconds"):
        return MEASURED[figure][row]
    found = MEASURED["rows"][row][figure]
    return found[0] if figure.endswith("_ratio") else found


class Page(unittest.TestCase):
    """docs/cost.md beside docs/bench.json."""

    def test_each_figure_is_that_of_the_row_it_names(self) -> None:
        found = NAMED.findall(PAGE)
        self.assertGreater(len(found), 10)
        for said, row, under, figure in found:
            with self.subTest(row=row, figure=figure):
                digits = len(said.partition(".")[2])
                self.assertEqual(said, f"{value(row, under, figure):.{digits}f}")

    def test_each_figure_names_its_row(self) -> None:
        self.assertEqual(len(re.findall(r"\*\*[\d.]+\*\*", PAGE)), len(NAMED.findall(PAGE)))
        text = NOT_FIGURES.sub("", NAMED.sub("", PAGE))
        self.assertEqual(re.findall(r".*\b\d+(?:\.\d+)? (?:µs|%|times|calls|MiB|ms).*", text), [])

    def test_what_makes_no_difference_is_inside_the_noise(self) -> None:
        for row, figure in re.findall(r"no difference \(`([^`]+)`, (\w+)\)", PAGE):
            with self.subTest(row=row):
                _, low, high = MEASURED["rows"][row][figure]
                self.assertLessEqual(low, 1)
                self.assertGreaterEqual(high, 1)


if __name__ == "__main__":
    unittest.main()
