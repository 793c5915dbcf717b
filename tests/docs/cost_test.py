"""Tests that the pages "What a call costs" and "Which API" say what tools/bench measured."""
import json
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from benchlib import page  # noqa: E402

TEXT = "".join(file.read_text(encoding="utf-8") for file in page.PAGES)
MEASURED = json.loads(page.DATA.read_text(encoding="utf-8"))
FIGURES = page.FIGURE.findall(TEXT)  # pairs of a title and the text in the sentence
A_FIGURE = re.compile(r"\b\d[\d.,]* ?(?:%|(?:µs|times|calls (?:a|per) second|MiB|ms|s|instructions)\b)")


def interval(title: str) -> tuple[float, float] | None:
    """Returns the bounds of a row's ratio to the reference of its table, or None if the title names no such ratio."""
    row, _, figure = title.removesuffix(" − 1").rpartition(", ")
    return tuple(MEASURED["rows"][row][figure][1:]) if figure.endswith("_ratio") else None


class Page(unittest.TestCase):
    """Compares the pages with docs/bench.json."""

    def test_each_figure_is_the_rounding_of_what_its_title_names(self) -> None:
        self.assertGreater(len(FIGURES), 60)
        for title, said in FIGURES:
            with self.subTest(title):
                self.assertEqual(said, page.rounded(said, page.value(MEASURED, title)))

    def test_rounding_hides_no_more_than_a_tenth(self) -> None:
        for title, said in FIGURES:
            if number := page.NUMBER.search(said):
                measured = page.in_unit(said, page.value(MEASURED, title))
                with self.subTest(title):
                    self.assertLessEqual(abs(float(number[0].replace(",", "")) - measured), measured / 10)

    def test_no_figure_is_without_a_title(self) -> None:
        self.assertEqual(A_FIGURE.findall(page.FIGURE.sub("", TEXT)), [])

    def test_no_row_is_named_in_a_sentence(self) -> None:
        self.assertEqual(re.findall(r"\w+_(?:us|ratio|seconds|started|changes)\b", page.FIGURE.sub("", TEXT)), [])

    def test_what_makes_a_difference_is_outside_the_noise(self) -> None:
        for title, said in FIGURES:
            if page.NUMBER.search(said) and (bounds := interval(title)):
                with self.subTest(title):
                    self.assertFalse(bounds[0] <= 1 <= bounds[1])

    def test_what_makes_no_difference_is_inside_the_noise(self) -> None:
        found = [(title, said) for title, said in FIGURES if not page.NUMBER.search(said)]
        self.assertTrue(found)
        for title, said in found:
            with self.subTest(title):
                self.assertEqual(said, "no difference")
                low, high = interval(title)
                self.assertTrue(low <= 1 <= high)

    def test_the_load_took_less_than_any_server(self) -> None:
        for row, measured in MEASURED["rows"].items():
            with self.subTest(row):
                self.assertLessEqual(measured["load_busy"], measured["busy"])


class Rounding(unittest.TestCase):
    """Tests that a sentence keeps its number of digits and its unit when `tools/bench page` writes a new figure."""

    def test_as_many_digits_as_are_said(self) -> None:
        for said, number, new in (("31 µs", 33.4, "33 µs"), ("1.6 times", 1.71, "1.7 times"), ("66,000 instructions", 68499, "68,000 instructions"),
                                  ("13 ms", 14160.0, "14 ms"), ("11 %", 0.126, "13 %"), ("160 µs", 218.0, "220 µs"), ("no difference", 1.0, "no difference")):
            with self.subTest(said):
                self.assertEqual(page.rounded(said, number), new)

    def test_one_row_or_two(self) -> None:
        measured = {"goals": {}, "rows": {"a": {"cpu_us": 30, "cpu_us_ratio": [1.5, 1, 2]}, "b": {"cpu_us": 20}}, "instructions": {"a": 9, "b": 6}}
        for title, number in (("a, cpu_us", 30), ("a, cpu_us_ratio", 1.5), ("a, cpu_us_ratio − 1", 0.5), ("a ÷ b, cpu_us", 1.5), ("a − b, instructions", 3)):
            with self.subTest(title):
                self.assertEqual(page.value(measured, title), number)


if __name__ == "__main__":
    unittest.main()
