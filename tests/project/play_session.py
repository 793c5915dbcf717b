"""Plays a session and compares: play_session.py STAGE SESSION BUILD_DIR [--update].

Fails when a program no longer prints what the session, and so the page, shows.
--update writes what was printed into the session; read the diff before you commit.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from stagelib import building, course, player, session  # noqa: E402


def main(stage_name: str, session_name: str, build: str, *options: str) -> int:
    """Status 0 when all went as written, 1 otherwise."""
    stage = course.find(course.load(), stage_name)
    script = session.parse(stage.sessions()[session_name])
    return player.verdict(player.Player(script, building.directory(stage, pathlib.Path(build))), "--update" in options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
