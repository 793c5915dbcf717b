"""Plays a session in a copy of proto/: generate.py SESSION [--update]."""
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from stagelib import player, session  # noqa: E402


def main(name: str, *options: str) -> int:
    """Status 0 when all went as written, 1 otherwise."""
    script = session.parse(ROOT / f"tests/01_contract/sessions/{name}.session")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "proto", pathlib.Path(folder, "proto"))
        return player.verdict(player.Player(script, pathlib.Path(folder)), "--update" in options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
