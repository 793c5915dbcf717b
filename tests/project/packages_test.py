"""Tests how tools/stage reports missing packages, also without apt-get, and failures of apt-get."""
import contextlib
import io
import os
import pathlib
import re
import shutil
import tempfile
import unittest
from unittest import mock

from stagelib import apt, course, packages, session

UNREACHABLE = "Failed to fetch http://debian.example/InRelease  Temporary failure resolving 'debian.example'"
AS_ROOT = "As root, type: apt-get install --no-install-recommends meson\n"


class Packages(unittest.TestCase):
    """Each test runs as an ordinary user, with a PATH that holds only a few shell scripts."""

    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "env").symlink_to(shutil.which("env"))
        self.enterContext(mock.patch.dict(os.environ, PATH=str(self.folder)))
        self.enterContext(mock.patch("os.geteuid", return_value=1000))
        self.enterContext(mock.patch("time.sleep"))

    def program(self, name: str, script: str = "") -> None:
        """Adds a program to the PATH."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def apt(self, *, update: str = "", install: str = "") -> None:
        """Adds an apt-get and a sudo to the PATH."""
        self.program("apt-get", f'case "$*" in *update) {update or ":"};; *) {install or ":"};; esac')
        self.program("sudo", 'exec "$@"')

    def installing(self) -> tuple[int, str]:
        """Installs a package. Returns the status and all output."""
        with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.redirect_stderr(text):
            try:
                apt.install(["meson"])
            except SystemExit as end:
                return end.code, text.getvalue()
        return 0, text.getvalue()

    def test_without_apt_it_names_programs_and_libraries(self) -> None:
        for name in packages.PROGRAMS["run"]:
            self.program(name)
        self.assertEqual(packages.missing(["run"]), [])
        self.program("pkg-config", 'case "$2" in grpc*) exit 1;; esac')
        (self.folder / "ninja").unlink()
        self.assertEqual(packages.missing(["run"]), ["ninja", "grpc++ >= 1.51"])

    def test_doctor_knows_other_package_managers(self) -> None:
        for name, sentence in packages.ELSEWHERE.items():
            self.program(name)
            with contextlib.redirect_stdout(io.StringIO()) as text:
                self.assertEqual(packages.doctor(["run"]), 1)
            self.assertIn(sentence, text.getvalue())
            (self.folder / name).unlink()

    def test_what_only_tests_need_is_not_needed_to_play(self) -> None:
        for name in "clang", "libgtest-dev", "doxygen":
            self.assertNotIn(name, packages.needed(["run"]))

    def test_a_session_needs_what_its_commands_start(self) -> None:
        stages = course.load()
        for number, name, groups in ("12", "tour", ["run"]), ("14", "tour", ["run", "cluster"]), \
                ("15", "tour", ["run"]), ("15", "cluster", ["run", "cluster", "proxy"]):
            script = session.parse(course.find(stages, number).sessions()[name])
            self.assertEqual(packages.to_play(script), groups, script.path)

    def test_a_check_needs_an_etcd_from_stage_14_on(self) -> None:
        self.assertEqual([number for number in ("13", "14", "15") if "cluster" in packages.to_check(number)], ["14", "15"])

    def test_no_network(self) -> None:
        for name, script in {"no lists": {"update": f'echo "W: {UNREACHABLE}"',
                                          "install": 'echo "E: Unable to locate package meson"; exit 100'},
                             "old lists": {"install": f'echo "E: {UNREACHABLE}"; echo "E: Unable to fetch some archives"; exit 100'}}.items():
            with self.subTest(name):
                self.apt(**script)
                status, text = self.installing()
                self.assertEqual(status, 1)
                self.assertRegex(text, rf"tools/stage: .*; is there a network\? Try: sudo apt-get update \([EW]: {re.escape(UNREACHABLE)}\)\n\Z")

    def test_a_source_that_fails_does_not_matter_if_the_packages_come(self) -> None:
        self.apt(update=f'echo "E: {UNREACHABLE}"; exit 100')
        self.assertEqual(self.installing()[0], 0)

    def test_any_other_error_of_apt_is_shown(self) -> None:
        self.apt(install='echo "E: dpkg was interrupted"; exit 100')
        status, text = self.installing()
        self.assertEqual(status, 1)
        self.assertRegex(text, r"tools/stage: apt-get could not install packages: E: dpkg was interrupted\. See .*: sudo apt-get install .* meson\n\Z")

    def test_neither_root_nor_sudo(self) -> None:
        self.apt()
        (self.folder / "sudo").unlink()
        status, text = self.installing()
        self.assertEqual(status, 1)
        self.assertIn("tools/stage: you are not root, and there is no sudo. " + AS_ROOT, text)

    def test_sudo_refuses(self) -> None:
        self.apt()
        self.program("sudo", "echo 'sudo: a password is required' >&2; exit 1")
        status, text = self.installing()
        self.assertEqual(status, 1)
        self.assertIn("tools/stage: sudo does not let you install packages (sudo: a password is required). " + AS_ROOT, text)

    def test_it_waits_for_another_apt_get(self) -> None:
        once = self.folder / "once"
        self.apt(update=f'test -e {once} || {{ : >{once}; echo "E: Could not get lock /var/lib/apt/lists/lock. It is held '
                        'by process 7 (apt-get)"; exit 100; }')
        status, text = self.installing()
        self.assertEqual(status, 0)
        self.assertIn("waiting for another apt-get: Could not get lock", text)

    def test_it_says_how_much_and_where_it_is(self) -> None:
        steps = "".join(f'echo "pmstatus:meson:{n}.5:Unpacking meson (amd64)"; ' for n in range(100))
        self.apt(install=f'echo "1 upgraded, 99 newly installed, 0 to remove"; echo "Need to get 300 MB of archives."; {steps}')
        self.assertNotIn("Unpacking", self.installing()[1], "no line before ten seconds are over")
        with mock.patch("time.monotonic", side_effect=range(1000)):  # each reading of the clock is a second later
            status, text = self.installing()
        self.assertEqual(status, 0)
        self.assertIn("\n100 packages, 300 MB to fetch: about 2 min at 5 MB/s\n", text)
        self.assertRegex(text, r"\n +\d+ % Unpacking meson")
        self.assertLess(text.count("Unpacking"), 12)


if __name__ == "__main__":
    unittest.main()
