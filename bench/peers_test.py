"""The judge checks that the peers follow the contract in the rpcs that the benchmark measures."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tools"))
from benchlib import measure, servers, tables  # noqa: E402

JUDGE, BUILD = os.environ["JUDGE"], os.environ["BUILD"]
QUESTIONS = {"03": ("put_get", "get_absent", "revisions", "any_value", "put_if_absent", "put_if_unchanged", "one_winner"), "04": ("list_prefix", "list_order"),
             "05": ("import",)}


class Peers(unittest.TestCase):
    """Tests each peer whose tools are installed."""

    def test_the_judge_asks(self) -> None:
        os.environ["PYTHONPATH"] = f"{BUILD}/proto"
        for name in "python", "aio", "node", "go":
            server = servers.SERVERS[name]
            if missing := servers.missing(server):
                print(f"not asked: {name}, which needs {missing}", file=sys.stderr)
                continue
            command = " ".join(server.words).format(BUILD=BUILD)
            for stage, questions in QUESTIONS.items():
                for question in questions:
                    with self.subTest(name=name, question=question):
                        asked = subprocess.run([JUDGE, "--patience=10s", f"--stage={stage}", f"--server={command}", f"--only={question}"],
                                               capture_output=True, text=True, check=False)
                        self.assertEqual(asked.returncode, 0, asked.stdout + asked.stderr)

    def test_the_limits_are_measured(self) -> None:
        self.measure("get", "1×8", [name for name in ("nginx", "nghttpd", "tcp") if shutil.which(name) or name == "tcp"])

    def test_their_streams_are_measured(self) -> None:
        there = [name for name in ("python", "aio", "node", "go") if not servers.missing(servers.SERVERS[name])]
        for name in "import", "pipeline":
            self.measure(name, "1×1", there)

    def measure(self, table_name: str, load: str, names: list[str]) -> None:
        """Measures a table. The load generator checks every reply, so a wrong one raises an exception."""
        servers.BUILD = servers.pathlib.Path(BUILD)
        table = next(table for table in tables.TABLES if table.name == table_name)
        samples = measure.table(table, names, [load], restarts=1, sweeps=1, progress=measure.Progress(len(names)))
        for row, sweeps in samples.items():
            self.assertGreater(sweeps[0]["calls"], 0, row)
            self.assertGreater(sweeps[0]["cpu_us"], 0, row)


if __name__ == "__main__":
    unittest.main()
