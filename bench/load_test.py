"""Tests the load generator: it checks every reply, and after a wrong one it ends and reports no figures."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/support"))
import programs  # noqa: E402

LOAD, SERVER = os.environ["LOAD"], os.environ["SERVER"]


class Load(unittest.TestCase):
    """Runs the load generator against a stage's server, with correct and with wrong replies."""

    def setUp(self) -> None:
        self.process, self.address = self.enterContext(programs.serving(SERVER, "--max_calls=16"))

    def load(self, *flags: str) -> tuple[str, str]:
        """Returns its report and its error message, of which exactly one is empty."""
        done = subprocess.run([LOAD, f"--address={self.address}", f"--pid={self.process.pid}", "--seconds=0.1", *flags],
                              capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1 if done.stderr else 0)
        self.assertNotEqual(bool(done.stdout), bool(done.stderr), done)
        return done.stdout, done.stderr

    def fill(self, *flags: str) -> None:
        """Puts the entries that the test needs."""
        subprocess.run([LOAD, f"--address={self.address}", "--call=fill", *flags], check=True, timeout=60)

    def test_reports_what_it_measured(self) -> None:
        self.fill("--entries=3")
        for flags in (["--call=get"], ["--call=put"], ["--call=list", "--entries=3"], ["--call=connect"],
                      ["--call=import", "--entries=50"], ["--call=pipeline", "--entries=50"],
                      ["--call=get", "--connections=2", "--calls=2"], ["--call=fan_out", "--connections=2", "--calls=5"],
                      ["--call=get", "--seconds=0"]):  # no call ends in that time
            with self.subTest(flags):
                out, complaint = self.load(*flags)
                self.assertEqual(complaint, "")
                report = json.loads(out)
                for figure in ("calls", "per_second", "cpu_us", "p50_us", "busy", "load_busy"):
                    self.assertGreater(report[figure], 0)
                self.assertLessEqual(report["p50_us"], report["p99_us"])

    def test_the_time_that_a_process_waits_does_not_count(self) -> None:
        self.fill()
        with programs.started("sleep", "60") as waiting:
            report = json.loads(self.load("--call=get", f"--pid={waiting.pid}")[0])
        self.assertLess(report["busy"], 0.5)

    def test_a_unix_socket(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.process, self.address = self.enterContext(programs.serving(SERVER, listen=f"unix:{folder}/socket"))
        self.fill("--entries=1")
        self.assertEqual(self.load("--call=get")[1], "")

    def test_a_call_that_fails(self) -> None:
        self.assertEqual(self.load("--call=get"), ("", "load: a call failed: HTTP status 200, grpc-status 5\n"))

    def test_one_call_of_many_that_is_refused(self) -> None:
        large = ("--entries=64", "--value_bytes=65536")  # makes a call last until the next one arrives
        self.fill(*large)
        # Until all have ended: a busy machine may end none in the time that load measures.
        _, complaint = self.load("--call=list", "--calls=64", "--count=64", *large)
        self.assertRegex(complaint, r"^load: .*grpc-status 8$")

    def test_one_watch_of_many_that_is_refused(self) -> None:
        self.assertRegex(self.load("--call=fan_out", "--calls=17")[1], r"^load: .*grpc-status 8$")

    def test_another_value(self) -> None:
        self.fill("--value_bytes=16")
        self.assertEqual(self.load("--call=get", "--value_bytes=17"), ("", "load: Get does not give what was put\n"))

    def test_an_entry_too_few(self) -> None:
        self.fill("--entries=3", "--value_bytes=16")
        _, complaint = self.load("--call=list", "--entries=4", "--value_bytes=16")
        self.assertRegex(complaint, r"^load: List gives \d+ bytes, not \d+$")

    def test_an_import_and_a_pipeline_that_are_refused(self) -> None:
        for flags, complaint in ((["--call=import", "--value_bytes=1048577"], "grpc-status 3"),
                                 (["--call=pipeline", "--entries=2"], r"Pipeline gives \d+ bytes")):
            with self.subTest(flags):
                self.assertRegex(self.load(*flags)[1], rf"^load: .*{complaint}$")

    def test_nobody_there(self) -> None:
        self.process.terminate()
        self.process.wait(programs.SECONDS)
        self.assertEqual(self.load(), ("", f"load: cannot connect to {self.address}\n"))


if __name__ == "__main__":
    unittest.main()
