"""The unit for systemd and the Containerfile fit the server: sample_test.py"""
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from operated import SERVER, operated

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "stages/13_operations/sample"


def output(*words: str) -> str:
    """Runs a program, which must succeed, and returns what it prints on stdout."""
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


@unittest.skipUnless(shutil.which("systemd-analyze") and shutil.which("kill"), "no systemd, or no program for its ExecReload")
class Unit(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.unit = self.folder / "kv.service"
        self.unit.write_text((SAMPLE / "kv.service").read_text(encoding="utf-8").replace("/usr/local/bin/kv-server", SERVER), encoding="utf-8")

    def test_systemd_has_nothing_to_say(self) -> None:
        done = subprocess.run(["systemd-analyze", "verify", str(self.unit)], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_little_is_exposed(self) -> None:
        output("systemd-analyze", "security", "--offline=yes", "--threshold=15", str(self.unit))  # of 100; without the hardening 96

    @unittest.skipUnless(shutil.which("strace"), "no strace")
    def test_the_filter_allows_what_the_server_calls(self) -> None:
        allowed = calls("@system-service")
        for group in re.findall(r"^SystemCallFilter=~(.*)$", self.unit.read_text(encoding="utf-8"), re.M):
            allowed -= {call for name in group.split() for call in calls(name)}
        with tempfile.NamedTemporaryFile("r") as trace:
            with operated(f"--data={self.folder}/data", "--log_calls", before=["strace", "-f", "-o", trace.name]) as server:
                self.assertEqual(server.client("put", "a", "b").returncode, 0)
                subprocess.run(["pkill", "-TERM", "-P", str(server.process.pid)], check=True)
                self.assertEqual(server.process.wait(timeout=60), 0)
            used = set(re.findall(r"^\d+ +(\w+)\(", trace.read(), re.M))
        self.assertIn("sendmsg", used)
        only_as_root = {"fchown"}  # SQLite gives its files to the owner of the database
        self.assertEqual(used - allowed - only_as_root, set())


def calls(group: str) -> set[str]:
    """Returns the system calls of one of systemd's groups."""
    found: set[str] = set()
    for line in output("systemd-analyze", "syscall-filter", group).splitlines()[1:]:
        name = line.split("#")[0].strip()
        if name.startswith("@"):
            found |= calls(name)
        elif name:
            found.add(name)
    return found


@unittest.skipUnless('VERSION_ID="12"' in pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), "not Debian 12")
class Container(unittest.TestCase):
    def test_it_installs_the_libraries_of_the_server(self) -> None:
        last = (SAMPLE / "Containerfile").read_text(encoding="utf-8").rpartition("FROM ")[2]
        installed = set(re.search(r"--no-install-recommends \\\n\s+(.*?) \\\n", last)[1].split())
        needed = set(re.findall(r"Shared library: \[(.*)\]", output("readelf", "-d", SERVER)))
        owners = set()
        for line in output("ldd", SERVER).splitlines():
            if (words := line.split())[0] in needed:
                path = pathlib.Path(words[2])
                found = output("dpkg", "-S", f"*/{path.resolve().name}")
                owners.add(next(line.split(":")[0] for line in found.splitlines() if str(path.parent).removeprefix("/usr") in line))
        of_these = {"libc6", "libstdc++6", "libgcc-s1", "libgrpc29", "libabsl20220623"}  # dependencies of the others
        self.assertEqual(owners - of_these, installed)


if __name__ == "__main__":
    unittest.main()
