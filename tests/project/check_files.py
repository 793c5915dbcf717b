"""Runs a checker: check_files.py NAME COMMAND ...

clang-format and codespell get the files that git lists: our C++ files and all text
files. Any other command runs unchanged. If the command is not installed, the exit
status is 77, which Meson counts as skipped.
"""
import pathlib
import shutil
import subprocess
import sys

PATTERNS = {"clang-format": ["*.cc", "*.h"], "codespell": [":!:*package-lock.json", ":!:docs/theme/vendor"]}


def main(name: str, command: list[str]) -> int:
    """Runs the checker and returns its exit status."""
    if shutil.which(command[0]) is None:
        print(f"{command[0]} is not installed: tools/stage doctor check")
        return 77
    if name not in PATTERNS:
        return subprocess.run(command, check=False).returncode
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard",
                             "--", *PATTERNS[name]],
                            capture_output=True, text=True, check=True).stdout
    files = [f for f in listed.split("\0") if f and pathlib.Path(f).is_file()]
    assert files, "git lists no file"
    return subprocess.run([*command, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
