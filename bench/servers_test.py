"""What is measured does what the contract says, as far as each server has it."""
import os
import pathlib
import subprocess
import unittest

SERVERS = pathlib.Path(os.environ["BUILD"]) / "bench/servers"
UNARY = {"03": ("ready", "put_get", "get_absent", "delete_twice", "revisions", "any_value", "put_if_absent",
                "put_if_unchanged", "refused_put", "one_winner", "empty_key", "unknown_method", "sigterm")}
LIST = {"04": ("list_order", "list_prefix", "list_limit", "list_refused")}
STREAMS = {"05": ("import", "import_twice", "import_refused", "import_early"),
           "06": ("pipeline", "pipeline_ids", "pipeline_failures", "pipeline_many")}


class Servers(unittest.TestCase):
    """The judge's questions for the rpcs that a server has."""

    def ask(self, server: str, questions: dict[str, tuple[str, ...]]) -> None:
        """One judge, and so one new server, for each question."""
        for stage, names in questions.items():
            for name in names:
                with self.subTest(name):
                    words = [f"--stage={stage}", f"--only={name}", f"--server={SERVERS / server}"]
                    judge = subprocess.run([os.environ["JUDGE"], *words], capture_output=True, text=True, check=False)
                    self.assertEqual(judge.returncode, 0, judge.stdout + judge.stderr)

    def test_usual(self) -> None:
        self.ask("usual", UNARY | LIST | STREAMS)

    def test_usual_without_health(self) -> None:
        self.ask("usual --no_health", UNARY)

    def test_callback(self) -> None:
        self.ask("callback", UNARY | LIST | STREAMS)

    def test_completion_queue(self) -> None:
        self.ask("completion_queue", UNARY | LIST)

    def test_two_completion_queues(self) -> None:
        self.ask("completion_queue --queues=2", UNARY | LIST)

    def test_bytes(self) -> None:
        self.ask("raw_queue", UNARY)

    def test_bytes_in_one_piece_with_grpc(self) -> None:
        self.ask("raw_queue_static", UNARY)


if __name__ == "__main__":
    unittest.main()
