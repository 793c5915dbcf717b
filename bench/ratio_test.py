"""Tests how tools/bench evaluates its slices."""
import pathlib
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
from benchlib import instructions, layers, measure, plot, report, tables  # noqa: E402


def sweeps(*figures: float) -> dict[int, measure.Slice]:
    """Returns one slice for each sweep."""
    return dict(enumerate({"per_second": figure, "cpu_us": figure, "busy": 1, "load_busy": 0.5} for figure in figures))


class Ratio(unittest.TestCase):
    """Ratios are computed within each sweep, then their median, then its interval."""

    def test_what_meets_both_does_not_count(self) -> None:
        self.assertEqual(measure.ratio(sweeps(10, 40, 200), sweeps(5, 20, 100), "per_second"), (2, 2, 2))

    def test_one_slice_that_went_wrong_does_not_count(self) -> None:
        self.assertEqual(measure.ratio(sweeps(2, 2, 2, 2, 90), sweeps(1, 1, 1, 1, 1), "cpu_us")[0], 2)

    def test_the_interval_holds_the_median(self) -> None:
        middle, low, high = measure.ratio(sweeps(*range(1, 40)), sweeps(*[10] * 39), "cpu_us")
        self.assertEqual(middle, 2)
        self.assertTrue(1 < low < middle < high < 3)

    def test_a_difference_inside_the_noise_is_none(self) -> None:
        self.assertEqual(report.beside([1.04, 0.97, 1.1]), "no difference")
        self.assertEqual(report.beside([1.5, 1.4, 1.6]), "×1.50 (1.40 to 1.60)")

    def test_a_row_says_when_the_load_was_the_limit(self) -> None:
        busy = {0: {"per_second": 1, "cpu_us": 1, "busy": 0.4, "load_busy": 0.99}}
        rows = measure.rows({"get 1×1 a": busy, "get 1×1 b": sweeps(1)}, {"get": "b"})
        self.assertEqual((rows["get 1×1 a"]["limit"], rows["get 1×1 b"]["limit"]), ("load", ""))


class Drawing(unittest.TestCase):
    """A plot is a self-contained SVG file in the colours of the site."""

    def test_the_colours_are_those_of_the_site(self) -> None:
        theme = (pathlib.Path(__file__).resolve().parents[1] / "docs/theme/site.css").read_text(encoding="utf-8")
        colours = re.findall(r"--[\w-]+: #\w+;", plot.STYLE)
        self.assertEqual(len(colours), 10)
        for colour in colours:
            self.assertIn(colour, theme)

    def test_a_file_for_each_load(self) -> None:
        row = {"cpu_us": 2.5, "cpu_us_ratio": [1, 1, 1]}
        with tempfile.TemporaryDirectory() as name:
            plot.save(pathlib.Path(name), {"get 1×8 usual": row, "get 1×8 03": row, "knob 8×8 knobs": row})
            files = sorted(pathlib.Path(name).iterdir())
            self.assertEqual([file.name for file in files], ["get_1×8.svg", "knob_8×8.svg"])
            drawn = xml.etree.ElementTree.parse(files[0]).getroot()
            self.assertEqual(len(drawn.findall("{http://www.w3.org/2000/svg}rect")), 2)


class Layers(unittest.TestCase):
    """A function belongs to the layer of its name or its library, whatever its parameters."""

    def test_by_its_name_or_its_library(self) -> None:
        for function, library, of in (
                ("kv::KeyValueServiceImpl::Get(grpc::ServerContext*, kv::v1::GetRequest const*)", "server", "our own code"),
                ("kv::v1::GetRequest::_InternalParse(char const*)", "server", "messages (protobuf)"),
                ("grpc_call_next_op(grpc_call_element*, grpc_transport_stream_op_batch*)'2", "libgrpc", "calls, filters and queues"),
                ("grpc_chttp2_perform_read(grpc_chttp2_transport*, grpc_slice const&)", "libgrpc", "frames and the socket (HTTP/2)"),
                ("grpc_core::HPackParser::Parser::Parse()", "libgrpc", "headers (HPACK)"),
                ("0x0000000000006800", "libabsl_synchronization", "locks"),
                ("0x00000000002e67b0", "libgrpc", layers.REST)):
            with self.subTest(function):
                self.assertEqual(layers.layer(function, library), of)

    def test_sums(self) -> None:
        costs = {("malloc", "libc"): 10.0, ("free", "libc"): 20.0, ("grpc::Status::Status()", "server"): 5.0, ("main", "server"): 0.2}
        self.assertEqual(instructions.summed(costs, "library"), {"libc": 30, "server": 5})
        self.assertEqual(instructions.summed(costs, "layer", times=5), {"memory": 6, "gRPC's C++ interface": 1})


class Goals(unittest.TestCase):
    """The bound of the interval has to reach a goal; the median is not enough."""

    def test_at_least(self) -> None:
        goal = tables.Goal("", "a", "b", "per_second", 1.5)
        for figures, reached in (([16, 16, 16], True), ([14, 16, 16], False)):
            found = report.reached(goal, {"a": sweeps(*figures), "b": sweeps(10, 10, 10)})
            self.assertEqual(found and found["reached"], reached)

    def test_at_most(self) -> None:
        goal = tables.Goal("", "a", "b", "cpu_us", 1.1)
        for figures, reached in (([10, 11, 11], True), ([10, 11, 12], False)):
            found = report.reached(goal, {"a": sweeps(*figures), "b": sweeps(10, 10, 10)})
            self.assertEqual(found and found["reached"], reached)

    def test_each_is_of_rows_that_are_measured(self) -> None:
        rows = {f"{table.name} {load} {name}" for table in tables.TABLES for load in table.loads for name in table.servers}
        for goal in tables.GOALS:
            self.assertLessEqual({goal.over, goal.under}, rows)


if __name__ == "__main__":
    unittest.main()
