"""Plays what the page "How to use this course" shows, on a copy of the checkout."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import serving  # noqa: E402
from stagelib import course, player, session, workspace

SESSIONS = pathlib.Path(__file__).resolve().parent / "sessions"
UPDATE = "UPDATE" in os.environ  # write the new output into the sessions; read the diff before you commit
STAGE = course.find(course.load(), "02")


def copy_into(root: pathlib.Path) -> None:
    """Copies the course, with its own workspace and build."""
    for name in "tools", "proto":
        shutil.copytree(course.ROOT / name, root / name)
    shutil.copy(course.ROOT / "meson.build", root)  # tools/stage locks this file
    for name in "docs", "exercises", "meson_options.txt", "stages":
        (root / name).symlink_to(course.ROOT / name)


class Lesson(unittest.TestCase):
    """Plays stage 02 from the first command to the last. Between commands it writes the answers, part by part."""

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        copy_into(self.root)

    def plays(self, name: str) -> None:
        script = session.parse(SESSIONS / f"{name}.session")
        with self.subTest(name):
            self.assertEqual(player.verdict(player.Player(script, self.root), UPDATE), 0)

    def write(self, text: str) -> None:
        (self.root / "workspace" / STAGE.name / "service/unary.cc").write_text(text, encoding="utf-8")

    def check(self, *flags: str) -> str:
        """Runs `check`. Its build takes longer than a session waits for a line."""
        return subprocess.run([sys.executable, "tools/stage", "check", "02", *flags], cwd=self.root, capture_output=True,
                              text=True, check=False).stdout

    def test_the_page_and_more(self) -> None:
        self.plays("start")
        self.check()
        self.plays("check")
        self.plays("hint")
        ours = workspace.solution(STAGE)
        (self.root / "workspace" / STAGE.name / "server/main.cc").write_text(ours["server/main.cc"], encoding="utf-8")
        self.check()
        self.plays("check_again")
        self.write(ours["service/unary.cc"].replace("  return grpc::Status::OK;", "  return grpc::Status::OK"))
        with subprocess.Popen([sys.executable, "tools/stage", "watch", "02"], cwd=self.root, text=True,
                              stdout=subprocess.PIPE) as watching:
            def until(text: str) -> str:
                said = ""
                for line in iter(watching.stdout.readline, ""):
                    said += line
                    if text in line:
                        return said
                return self.fail(said)
            self.assertIn("It does not compile yet.", until("Waiting for a save. Stop with Ctrl-C."))
            self.write(ours["service/unary.cc"] + "\nint Forgotten() {}\n")
            self.assertIn("workspace/02_sync_server/service/unary.cc", until("[-Wreturn-type]"))
            until("Stage 02 is done")
            self.write(ours["service/unary.cc"])
            self.assertNotIn("warning", until("Stage 02 is done"))
            watching.send_signal(signal.SIGINT)
        self.assertEqual(watching.returncode, 0)
        verdicts = {self.check() for _ in range(5)}
        self.assertEqual(len(verdicts), 1, verdicts)
        self.plays("done")
        self.plays("progress")
        server = str(self.root / "build-workspace/workspace" / STAGE.name / "server")
        self.assertIn("Stage 02 is done", self.check(f"--server={server}"))
        with serving(server) as (_, address):
            self.assertIn("17 of 17 questions answered right\nAll of these questions pass.", self.check(f"--address={address}"))


if __name__ == "__main__":
    unittest.main()
