"""The page "What a call costs" says what tools/bench measured."""
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from benchlib import page  # noqa: E402

TEXT = page.PAGE.read_text(encoding="utf-8")
MEASURED = json.loads(page.DATA.read_text(encoding="utf-8"))
FIGURE = re.compile(r"\b\d[\d.]* (?:µs|%|times|calls|MiB|ms|s|instructions)\b")


class Page(unittest.TestCase):
    """docs/cost.md beside docs/bench.json."""

    def test_each_figure_is_that_of_the_row_it_names(self) -> None:
        found = page.NAMED.findall(TEXT)
        self.assertGreater(len(found), 10)
        for said, _, row, under, figure in found:
            with self.subTest(row=row, figure=figure):
                self.assertEqual(said, page.figure_like(said, page.value(MEASURED, row, under, figure)))

    def test_each_figure_names_its_row(self) -> None:
        self.assertEqual(TEXT.count("**") // 2, len(page.NAMED.findall(TEXT)))
        self.assertEqual(FIGURE.findall(page.NAMED.sub("", TEXT)), [])

    def test_the_load_took_less_than_any_server(self) -> None:
        for row, measured in MEASURED["rows"].items():
            with self.subTest(row):
                self.assertLessEqual(measured["load_busy"], measured["busy"])

    def test_what_makes_a_difference_is_outside_the_noise(self) -> None:
        for _, _, row, under, figure in page.NAMED.findall(TEXT):
            if figure.endswith("_ratio") and not under:
                with self.subTest(row=row):
                    _, low, high = MEASURED["rows"][row][figure]
                    self.assertFalse(low <= 1 <= high)

    def test_what_makes_no_difference_is_inside_the_noise(self) -> None:
        found = page.NONE.findall(TEXT)
        self.assertTrue(found)
        for row, figure in found:
            with self.subTest(row=row):
                _, low, high = MEASURED["rows"][row][figure]
                self.assertLessEqual(low, 1)
                self.assertGreaterEqual(high, 1)


if __name__ == "__main__":
    unittest.main()
