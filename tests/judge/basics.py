#!/usr/bin/env python3
"""Tests the judge's errors: when it can't test a program it says why, does not hang, and leaves no process behind."""
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "wrong"))
import judge_the_judge  # noqa: E402

BUILD = sys.argv.pop()
JUDGE = f"{BUILD}/tests/judge/judge"


def judge(*flags: str, folder: str | None = None, path: str = os.environ["PATH"]) -> tuple[int, str, str]:
    """Runs the judge in a folder, and returns its exit status, standard output and standard error."""
    result = subprocess.run([JUDGE, *flags], capture_output=True, text=True, check=False, cwd=folder,
                            env={**os.environ, "PATH": path})
    return result.returncode, result.stdout, result.stderr


class CannotAsk(unittest.TestCase):
    """Bad flags: exit status 2, one line on stderr, nothing on stdout."""

    def check(self, flags: list[str], complaint: str) -> None:
        status, out, err = judge(*flags)
        self.assertEqual((status, out), (2, ""), err)
        self.assertRegex(err, rf"\A{complaint}\n\Z")

    def test_bad_flag(self) -> None:
        self.check(["--stge=02"], "ERROR: Unknown command line flag 'stge'.*")

    def test_word(self) -> None:
        self.check(["--stage=02", "./server"], 'judge: unexpected argument "./server"')

    def test_no_stage(self) -> None:
        self.check(["--server=true"], "judge: --stage must be 01 to 15")

    def test_unknown_stage(self) -> None:
        self.check(["--stage=99", "--server=true"], "judge: --stage must be 01 to 15")

    def test_no_slice(self) -> None:
        for slice_ in ("2", "0/2", "3/2", "a/b", "1/2/3"):
            self.check(["--stage=02", f"--slice={slice_}", "--server=true"], "judge: --slice must be like 2/4")

    def test_no_program(self) -> None:
        self.check(["--stage=02"], "judge: give exactly one of --server, --client, --contract and --address")

    def test_two_programs(self) -> None:
        self.check(["--stage=03", "--server=true", "--client=true"],
                   "judge: give exactly one of --server, --client, --contract and --address")

    def test_nothing_but_tasks(self) -> None:
        self.check(["--stage=01", "--contract=true"], "judge: no such question at this stage: --list")

    def test_no_client_questions_yet(self) -> None:
        self.check(["--stage=02", "--client=true"], "judge: no such question at this stage: --list")

    def test_unknown_question(self) -> None:
        self.check(["--stage=02", "--server=true", "--only=x"],
                   "judge: no such question at this stage: --list")

    def test_open_quote(self) -> None:
        self.check(["--stage=02", "--server='x"], "judge: the command: a quote is not closed")

    def test_no_such_server(self) -> None:
        self.check(["--stage=02", "--server=/no/such"],
                   'judge: cannot start "/no/such": No such file or directory')

    def test_no_such_contract(self) -> None:
        self.check(["--stage=01", "--contract=/no/such", "--task=encode"],
                   'judge: cannot start "/no/such": No such file or directory')

    def test_no_such_client(self) -> None:
        self.check(["--stage=03", "--client=/no/such"],
                   'judge: cannot start "/no/such": No such file or directory')

    def test_nobody_listens(self) -> None:
        self.check(["--stage=04", "--address=127.0.0.1:1"],
                   "judge: nobody listens at 127.0.0.1:1, or the server there needs TLS")

    def test_did_you_mean(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, mode, suggested in (("a.py", 0o600, "python3 a.py"), ("a.js", 0o600, "node a.js"),
                                          ("a.rb", 0o700, "ruby a.rb"), ("a", 0o700, "./a"), ("b", 0o600, "")):
                path = pathlib.Path(folder, name)
                path.touch()
                path.chmod(mode)
                for flag in (f"--server={name} -x", f"--client={name} -x"):
                    _, _, err = judge("--stage=03", flag, folder=folder)
                    kind = flag.partition("=")[0]
                    end = f". Did you mean {kind}='{suggested} -x'?" if suggested else ""
                    self.assertEqual(err, f'judge: cannot start "{name}": No such file or directory{end}\n')

    def test_not_executable(self) -> None:
        self.check(["--stage=02", "--server=/etc/passwd"],
                   'judge: cannot start "/etc/passwd": Permission denied')


class Ends(unittest.TestCase):
    """Whatever the program does, the judge and the program both end."""

    def setUp(self) -> None:
        self.addCleanup(judge_the_judge.wait_for_orphans)

    def test_never_ready_and_deaf(self) -> None:
        deaf = """sh -c 'trap "" TERM; while :; do sleep 1000; done'"""
        status, out, _ = judge("--stage=02", f"--server={deaf}", "--patience=200ms")
        self.assertEqual(status, 1)
        self.assertIn("got       none, though it still runs\n", out)

    def test_ready_but_nobody_there(self) -> None:
        status, out, _ = judge("--stage=02", "--server=sh -c 'echo READY 127.0.0.1:1; exit'")
        self.assertEqual(status, 1)
        self.assertIn("got       UNAVAILABLE\n         because   the server ended by itself before it was told to, with exit status 0\n",
                      re.sub(r"\n {19}", " ", out))

    def test_grandchildren(self) -> None:
        status, out, _ = judge("--stage=02", "--server=sh -c 'sleep 1000 & exit 5'")
        self.assertEqual(status, 1)
        self.assertRegex(out, r"got +none\n +because +the server ended: exit status 5\n")

    def test_client_that_never_ends(self) -> None:
        status, out, _ = judge("--stage=03", "--client=sleep 1000 #", "--patience=200ms", "--only=get")
        self.assertEqual(status, 1)
        self.assertIn("FAIL  1/1  get", out)

    def test_client_that_blocks(self) -> None:
        status, out, _ = judge("--stage=03", "--client=sh -c 'sleep 1000'", "--patience=200ms")
        self.assertEqual(status, 1)
        self.assertRegex(out, r"got +it still runs\n")

    def test_killed_judge(self) -> None:
        """The program holds the write end of a pipe, so the pipe closes when the program ends."""
        read, write = os.pipe()
        server = f"sh -c 'echo up >&{write}; exec sleep 1000'"
        with subprocess.Popen([JUDGE, "--stage=02", f"--server={server}"], pass_fds=[write],
                              stdout=subprocess.DEVNULL) as process, os.fdopen(read, "rb") as pipe:
            os.close(write)
            self.assertEqual(pipe.readline(), b"up\n")
            process.kill()
            signal.alarm(judge_the_judge.PATIENCE)
            self.assertEqual(pipe.read(), b"")
            signal.alarm(0)


class Evidence(unittest.TestCase):
    """When a question fails, the report shows what the program said."""

    def report(self, code: str, *flags: str, python: str = sys.executable) -> str:
        """The report about a program in Python."""
        with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
            script.write(code)
            script.flush()
            status, out, err = judge("--stage=03", *(flag.replace("PROGRAM", f"{python} {script.name}") for flag in flags))
            self.assertEqual((status, err), (1, ""))
            return out.replace(script.name, "my.py")

    def test_traceback(self) -> None:
        """The exception comes first; advice about the question does not help."""
        code = "import sys\nprint('one', file=sys.stderr)\ndef f():\n  raise ValueError('no\\x1b[2J')\nf()\n"
        for flag, got, ended in (("--server=PROGRAM", "none", "the server ended: exit status 1"),
                                 ("--client=PROGRAM", "no call",
                                  "the client ended with exit status 1. No connection arrived at\n"
                                  "                   HOST:PORT, its --target")):
            self.assertIn(f"         got       {got}\n         because   {ended}\n"
                          "         stderr    ValueError: no\\x1b[2J\n"
                          "                   one\n"
                          "                   Traceback (most recent call last):\n"
                          '                     File "my.py", line 5, in <module>\n'
                          "                       f()\n", self.report(code, flag))
        self.assertNotIn("look at", self.report(code, "--server=PROGRAM"))

    def test_bounds(self) -> None:
        """At most twenty lines, each of bounded length."""
        out = self.report("import sys\nfor i in range(1000): print(i, 1000 * 'é', file=sys.stderr)\nsys.exit(1)\n",
                          "--server=PROGRAM")
        lines = out.partition("stderr    ")[2].splitlines()
        self.assertEqual([line.split()[0] for line in lines[:20]], [str(i) for i in range(980, 1000)])
        self.assertRegex(lines[19], "^ {19}999 é{98}... \\(2004 bytes\\)$")
        self.assertTrue(lines[20].startswith("0 of "))

    def test_running(self) -> None:
        """Also what a server has said while it still runs, but only during this question."""
        out = self.report("import sys, time\nprint('waits', file=sys.stderr, flush=True)\ntime.sleep(1000)\n",
                          "--server=PROGRAM", "--patience=1s")
        self.assertIn("got       none, though it still runs\n         stderr    waits\n         look at", out)

    def test_other_python(self) -> None:
        """A Python without grpc: the judge looks for one that has it."""
        with tempfile.TemporaryDirectory() as folder:
            for name, status in (("python3", 1), ("python3.9", 0)):
                path = pathlib.Path(folder, name)
                path.write_text("#!/bin/sh\n"
                                f"test \"$2\" = 'import grpc' && exit {status}\n"
                                "echo \"ModuleNotFoundError: No module named 'grpc'\" >&2\nexit 1\n", encoding="utf-8")
                path.chmod(0o700)
            _, out, _ = judge("--stage=02", "--server=python3 my.py", path=folder)
            self.assertIn(f"look at {folder}/python3.9 has grpc: --server='{folder}/python3.9 my.py'", " ".join(out.split()))


class Listing(unittest.TestCase):
    """The questions, as --list names them."""

    def questions(self) -> list[tuple[str, str, str]]:
        """Returns the stage, the kind and the name of each question."""
        status, out, _ = judge("--list")
        self.assertEqual(status, 0)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        found = re.findall(r"^(\d\d) (server|client) (\w+) +\w", out, re.MULTILINE)
        self.assertEqual(len(found), len(out.splitlines()))
        return found

    def test_names_are_unique(self) -> None:
        names = [(kind, name) for _, kind, name in self.questions()]
        self.assertEqual(len(names), len(set(names)))

    def test_each_catches_a_mistake(self) -> None:
        """Each question stops at least one wrong program whose mistake belongs to the question's stage."""
        caught = {(stage, kind, about[0]) for kind, stages in judge_the_judge.mistakes().items() if kind != "contract"
                  for stage, programs in stages.items() for about in programs.values() if about and about[0]}
        self.assertEqual(set(self.questions()), caught)

    def test_each_mistake_is_judged(self) -> None:
        """mistakes.toml lists exactly the mistakes that the wrong programs can make."""
        files = {"client": "c[hl]*.cc", "contract": "*.py", "server": "[!cm]*.cc"}
        for kind, stages in judge_the_judge.mistakes().items():
            code = "".join(path.read_text(encoding="utf-8") for path in judge_the_judge.HERE.glob(files[kind]))
            made = re.findall(r'(?:Mistake\("|MISTAKE [!=]= "|"--mistake=)(\w+)"', code)
            listed = {name for programs in stages.values() for name in programs} - {"none", "untouched_encode", "untouched_any_message"}
            self.assertEqual(set(made), listed)

    def test_advice_fits_any_language(self) -> None:
        """Names of C++ are only in the second argument of LookAt(), which --cpp shows."""
        for path in pathlib.Path(__file__).parent.glob("*s/**/*.cc"):
            for text in re.findall(r'LookAt\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', path.read_text(encoding="utf-8")):
                self.assertNotRegex(re.sub(r'"\s*"', "", text), r"\w\(|::|->|Options|Credentials|Builder", path)

    def test_each_stands_alone(self) -> None:
        """A program without a mistake passes each question, also when the judge asks only that one."""
        def alone(stage: str, kind: str, name: str) -> tuple[int, str]:
            program = judge_the_judge.program(BUILD, kind, stage, "none")
            return judge(f"--stage={stage}", f"--{kind}={program}", f"--only={name}", "--patience=30s")[:2]
        with concurrent.futures.ThreadPoolExecutor(judge_the_judge.WORKERS) as pool:
            for status, out in pool.map(lambda question: alone(*question), self.questions()):
                self.assertTrue(status == 0 and out.endswith("\n1 of 1 questions answered right\n"), out)


if __name__ == "__main__":
    judge_the_judge.adopt_orphans()
    unittest.main()
