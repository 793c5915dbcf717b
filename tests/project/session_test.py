"""Tests that sessions are parsed as written, and that the player reports what really happened."""
import contextlib
import io
import os
import pathlib
import tempfile
import unittest

import play_session
from stagelib import course, player, session

SERVER = """#!/bin/sh
trap 'echo bye; exit 3' INT
echo "READY 127.0.0.1:4711"
while :; do read -r line <"$0.pipe"; done
"""
# Listens where it is told to, as our servers do.
LISTENS = """#!/usr/bin/python3 -u
import signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
with socket.create_server(("127.0.0.1", int(sys.argv[1].rpartition(":")[2]))) as listening:
    print("READY 127.0.0.1:%d" % listening.getsockname()[1])
    while True:
        listening.accept()
"""
CLIENT = '#!/bin/sh\necho "called $*"\nexit 5\n'


class ChangedProgram(unittest.TestCase):
    """Tests that playing a session fails if a program prints a different line."""

    def play(self, lines: list[str]) -> int:
        """Returns the exit status for a program that prints these lines instead of the program of stage 01."""
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "stages/01_contract/contract")
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nEND\n", encoding="utf-8")
            program.chmod(0o755)
            with contextlib.redirect_stdout(io.StringIO()) as self.out:
                return play_session.main("01_contract", "wire", folder)

    def test_one_other_line_is_enough(self) -> None:
        script = session.parse(course.find(course.load(), "01").sessions()["wire"])
        lines = [e.text for e in script.events if e.kind == "output"]
        self.assertEqual(self.play(lines), 0)
        self.assertEqual(self.play([*lines[:-1], lines[-1] + "!"]), 1)
        self.assertIn(f"+[shell] {lines[-1]}!", self.out.getvalue())
        self.assertEqual(self.play([*lines, "one more"]), 1)
        self.assertEqual(self.play(lines[:-1]), 1)


class Sessions(unittest.TestCase):
    """Plays sessions against two small shell programs."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, text in ("server", SERVER), ("client", CLIENT):
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o755)

    def play(self, *lines: str) -> list[str]:
        """Returns the session as it was played."""
        path = self.folder / "a.session"
        path.write_text("\n".join(["# Caption.", *lines, ""]), encoding="utf-8")
        return player.Player(session.parse(path), self.folder).play()

    def test_output_status_and_address_are_the_real_ones(self) -> None:
        lines = ["[client] $ ./client get a", "[client] called --target=127.0.0.1:50051 get a",
                 "[client] $ echo $?", "[client] 5"]
        self.assertEqual(self.play(*lines), lines)

    def test_a_program_stays_while_another_is_used(self) -> None:
        (self.folder / "slow").write_text("#!/bin/sh\necho one\nread line <gate\necho two\nexit 3\n", encoding="utf-8")
        (self.folder / "slow").chmod(0o755)
        os.mkfifo(self.folder / "gate")
        lines = ["[slow] $ ./slow", "[slow] one", "[shell] $ sh -c 'echo >gate'", "[slow] two",
                 "[slow] $ echo $?", "[slow] 3"]
        self.assertEqual(self.play(*lines), lines)

    def test_after_a_kill_the_next_server_has_the_same_address(self) -> None:
        (self.folder / "server").write_text(LISTENS, encoding="utf-8")
        (self.folder / "client").write_text("#!/bin/sh\necho $1\nread line <gate\necho $1\n", encoding="utf-8")
        os.mkfifo(self.folder / "gate")
        lines = ["[server] $ ./server", "[server] READY 127.0.0.1:50051",
                 "[client] $ ./client", "[client] --target=127.0.0.1:50051", f"[shell] $ {player.KILL}",
                 "[server] $ ./server", "[server] READY 127.0.0.1:50051",
                 "[shell] $ sh -c 'echo >gate'", "[client] --target=127.0.0.1:50051", "[server] ^C"]
        self.assertEqual(self.play(*lines), lines)

    def test_what_was_printed_takes_the_place_of_what_was_written(self) -> None:
        self.assertEqual(self.play("[client] $ ./client", "[client] something else", "[client] more"),
                         ["[client] $ ./client", "[client] called --target=127.0.0.1:50051"])

    def test_a_line_that_is_none_is_named(self) -> None:
        with self.assertRaisesRegex(ValueError, r"a\.session:3: not \[terminal\] text"):
            self.play("[client] $ ./client", "nothing")

    def test_a_caption_is_needed(self) -> None:
        path = self.folder / "b.session"
        path.write_text("[client] $ ./client\n", encoding="utf-8")
        with self.assertRaisesRegex(ValueError, "the first line is the caption"):
            session.parse(path)


if __name__ == "__main__":
    unittest.main()
