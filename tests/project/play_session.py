"""Plays a session and compares: play_session.py STAGE SESSION BUILD_DIR [--update].

Fails if a program no longer prints what the session shows, which is also on the page.
--update writes the new output into the session. Read the diff before you commit.
"""
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from stagelib import building, course, player, session  # noqa: E402


def main(stage_name: str, session_name: str, build: str, *options: str) -> int:
    """Returns 0 if the programs printed what the session shows, otherwise 1."""
    stage = course.find(course.load(), stage_name)
    script = session.parse(stage.sessions()[session_name])
    return player.verdict(player.Player(script, building.directory(stage, pathlib.Path(build))), "--update" in options)


if __name__ == "__main__":
    # A cluster outlives us unless we end it, also when Meson ends us.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(*sys.argv[1:]))
