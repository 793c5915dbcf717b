"""Streams beat calls: faster_test.py SERVER FASTER. Shows what was measured.

The pages say how many times as many entries a second Import and Pipeline take.
"""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import SECONDS, serving  # noqa: E402

if __name__ == "__main__":
    with serving(sys.argv[1]) as (_, address):
        sys.exit(subprocess.run([sys.argv[2], address], check=False, timeout=SECONDS).returncode)
