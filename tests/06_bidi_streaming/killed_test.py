"""A client killed in the middle of a call leaves nothing behind: killed_test.py SERVER CLIENT.

The server may handle one call at a time (--max_calls=1), so whether a call still
occupies it can be seen from outside: another one is refused.
"""
import base64
import functools
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import connections, eventually, handlers, memory, serving, started  # noqa: E402

CLIENT, SERVER = sys.argv.pop(), sys.argv.pop()
ROUNDS = 16
NOT_FOUND = 5
VALUE = base64.b64encode(b"x" * 65536).decode()


class Killed(unittest.TestCase):
    """kill -9 in the middle of each kind of call, again and again."""

    def setUp(self) -> None:
        self.server, self.address = self.enterContext(serving(SERVER, "--max_calls=1"))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as entries:
            for i in range(500):  # 32 MB: more than any buffer on the way takes
                entries.write(json.dumps({"key": f"{i:04}", "value": VALUE}) + "\n")
            entries.flush()
            subprocess.run([*self.client("import"), entries.name], check=True, stdout=subprocess.DEVNULL)

    def client(self, *words: str) -> list[str]:
        return [CLIENT, f"--target={self.address}", "--timeout=1h", *words]

    def answered(self, status: int) -> bool:
        """Whether another call ends with this status."""
        result = subprocess.run(self.client("get", "nothing"), stderr=subprocess.DEVNULL, check=False)
        return result.returncode == status

    def kill_in_the_middle(self, *words: str, typed: str = "", lines: int = 0) -> None:
        """Starts a call, and kills the client once the server has answered or taken some of it."""
        with started(*self.client(*words), stderr=subprocess.DEVNULL) as process:
            process.stdin.write(typed)
            process.stdin.flush()
            for _ in range(lines):
                process.stdout.readline()
            process.kill()
            process.wait()
        eventually("the thread is free", functools.partial(self.answered, NOT_FOUND))

    def leaves_nothing(self, *words: str, typed: str = "", lines: int = 0) -> None:
        kill = functools.partial(self.kill_in_the_middle, *words, typed=typed, lines=lines)
        for _ in range(ROUNDS // 4):
            kill()  # the first rounds fill pools and caches
        before = memory(self.server)
        for _ in range(ROUNDS):
            kill()
        eventually("only those threads that wait", lambda: handlers(self.server) <= 2)
        eventually("no more connections", lambda: connections(self.server) == 0)
        # A round holds 4 MB at most; if each left that behind it would be 64.
        self.assertLess(memory(self.server) - before, 24 << 20)

    def test_list(self) -> None:
        self.leaves_nothing("list", lines=1)

    def test_watch(self) -> None:
        self.leaves_nothing("watch", "--after_revision=1", lines=2)

    def test_import(self) -> None:
        # 5 MB: once they are written the server must have read of them.
        entry = json.dumps({"key": "k", "value": VALUE}) + "\n"
        self.leaves_nothing("import", typed=entry * 60)
        count = subprocess.run(self.client("get", "k"), stderr=subprocess.DEVNULL, check=False)
        self.assertEqual(count.returncode, NOT_FOUND, "a killed import was stored")

    def test_pipeline(self) -> None:
        operation = json.dumps({"id": 1, "getRequest": {"key": "0001"}}) + "\n"
        self.leaves_nothing("pipeline", typed=operation * 60, lines=1)


if __name__ == "__main__":
    unittest.main()
