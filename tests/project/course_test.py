"""Tests that the exercises are complete, and that the commands that need no build keep a learner's work."""
import contextlib
import io
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import unittest
from unittest import mock

from stagelib import building, checking, course, judging, terminal, workspace

JUDGE = os.environ["JUDGE"]


def questions() -> set[str]:
    """Returns all questions of the judge, by the names that tools/stage uses."""
    listed = subprocess.run([JUDGE, "--list"], capture_output=True, text=True, check=True).stdout
    words = [line.split()[1:] for line in listed.splitlines()]
    return {question if kind == "server" else f"{kind} {question}" for kind, question, *_ in words}


class Exercises(unittest.TestCase):
    """Tests that exercises/ fits the stages, their pages and the judge."""

    def test_each_hole_can_be_cut_and_has_three_hints_and_a_page(self) -> None:
        known = questions()
        for stage in course.load():
            task = workspace.exercise(stage)
            if task is None or not task.hole:
                continue
            with self.subTest(stage.name):
                texts = workspace.skeleton(stage, task.hole)
                asked = [question for hole in task.hole for question in hole.questions]
                self.assertEqual(len(asked), len(set(asked)), "a question is in two holes")
                self.assertIn(task.first, asked)
                self.assertLessEqual(set(asked), known)
                for hole in task.hole:
                    self.assertEqual(len(hole.hints), 3)
                    self.assertIn(f'YOUR PART. {hole.todo}', texts[hole.file])
                    self.assertIn(workspace.where(stage, hole), texts[hole.file])

    def test_an_edit_of_the_server_does_not_link_the_client_again(self) -> None:
        for stage in course.load():
            build = workspace.skeleton(stage, [])["meson.build"]
            if stage.number >= judging.CLIENTS_FROM:
                client = re.search(r"executable\('client',(?s:.*?)\)\n", build)[0]
                self.assertIn("link_with: base_library,", client, stage.name)
                self.assertNotIn("stage_dependency", client, stage.name)
                self.assertFalse(re.findall(r"'(?:server|service|store)/", build.partition("stage_library")[0]), stage.name)

    def test_no_marker_is_left(self) -> None:
        for stage in course.load():
            for name, text in workspace.solution(stage).items():
                self.assertIsNone(workspace.MARKER.search(text), name)

    def test_the_page_says_where_a_debugger_gets_what_it_needs(self) -> None:
        page = " ".join((course.ROOT / "docs/course.md").read_text(encoding="utf-8").split())
        self.assertIn("`exercises/meson.build` says so, for all workspaces: let it say `debug=true`", page)
        self.assertIn("'debug=false'", (course.ROOT / "exercises/meson.build").read_text(encoding="utf-8"))


class Verbs(unittest.TestCase):
    """Runs the commands of a copy of tools/ with its own workspace."""

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copytree(course.ROOT / "tools", self.root / "tools")
        for name in "stages", "docs", "exercises":
            (self.root / name).symlink_to(course.ROOT / name)

    def stage(self, *words: str) -> subprocess.CompletedProcess:
        """Runs tools/stage of the copy."""
        return subprocess.run([sys.executable, self.root / "tools/stage", *words],
                              capture_output=True, text=True, check=False)

    def test_start_again_keeps_what_was_written(self) -> None:
        self.assertIn("workspace/02_sync_server is yours now", self.stage("start", "02").stdout)
        mine = self.root / "workspace/02_sync_server/service/unary.cc"
        mine.write_text("mine", encoding="utf-8")
        again = self.stage("start", "02")
        self.assertEqual((again.returncode, mine.read_text(encoding="utf-8")), (1, "mine"))
        self.assertIn("tools/stage reset 02", again.stderr)

    def test_reset_keeps_a_copy(self) -> None:
        self.stage("start", "02")
        (self.root / "workspace/02_sync_server/service/unary.cc").write_text("mine", encoding="utf-8")
        self.assertEqual(self.stage("reset", "02").returncode, 0)
        self.assertEqual(list((self.root / "workspace/kept").glob("*/stage")), [], "it would not work there")
        kept, = (self.root / "workspace/kept").glob("02_sync_server_*/service/unary.cc")
        self.assertEqual(kept.read_text(encoding="utf-8"), "mine")
        fresh = self.root / "workspace/02_sync_server/service/unary.cc"
        self.assertIn("YOUR PART", fresh.read_text(encoding="utf-8"))

    def test_diff_shows_the_solution_of_what_differs_alone(self) -> None:
        self.stage("start", "02")
        inside = subprocess.run(["./stage", "diff", "02"], cwd=self.root / "workspace/02_sync_server", capture_output=True, text=True, check=True)
        text = self.stage("diff", "02").stdout
        self.assertEqual(inside.stdout, text)
        self.assertIn("+  builder.RegisterService(&service);", text)
        self.assertNotIn("store.cc", text)

    def test_whole_leaves_nothing_out(self) -> None:
        self.assertIn("It is the complete stage.\nRead the page: tools/stage docs 02 --open\n", self.stage("start", "02", "--whole").stdout)
        self.assertEqual(self.stage("diff", "02").stdout, "")

    def test_a_task_has_hints_and_a_solution(self) -> None:
        said = [self.stage("hint", "03", "--task=rename").stdout for _ in range(4)]
        self.assertEqual([text.split(":")[0] for text in said], ["Hint 1 of 3", "Hint 2 of 3", "Hint 3 of 3", "Hint 3 of 3"])
        self.assertIn("+grpc::Status Rename(", self.stage("diff", "03", "--task=rename").stdout)
        self.assertIn("there are rename, retry", self.stage("hint", "03", "--task=renmae").stderr)

    def test_what_was_not_begun_is_said_so(self) -> None:
        for verb in "check", "reset", "diff", "watch":
            done = self.stage(verb, "02")
            self.assertEqual(done.returncode, 1, verb)
            self.assertIn("tools/stage start 02", done.stderr)
        self.assertIn("tools/stage check 02", self.stage("hint", "02").stderr)
        self.assertIn("02_sync_server           not started", self.stage("progress").stdout)

    def test_a_program_that_the_stage_has_not_is_said_so(self) -> None:
        for flag in "--client=x", "--contract=x":
            self.assertIn("a check of stage 02 takes --server='...'\n", self.stage("check", "02", flag).stderr, flag)

    def test_a_stage_without_holes_has_its_tasks(self) -> None:
        for verb in "check", "hint", "watch":
            self.assertIn("01 --task=encode, or --task=any_message", self.stage(verb, "01").stderr, verb)
        self.assertIn("tools/stage start 01", self.stage("check", "01", "--task=encode").stderr)
        page = self.root / "build/docs/html/stage01.html"
        page.parent.mkdir(parents=True)
        page.touch()
        self.assertIn("It is the complete stage.\nRead the page: build/docs/html/stage01.html\n", self.stage("start", "01").stdout)
        self.assertIn("Hint 1 of 3", self.stage("hint", "01", "--task=encode").stdout)
        self.assertEqual(self.stage("reset", "01").returncode, 0)
        self.assertEqual(self.stage("diff", "01").stdout, "")
        self.assertIn("01_contract              to read and run\n", self.stage("progress").stdout)

    def can_be_configured(self) -> None:
        """Adds what Meson needs to the copy, because `check` configures a build even if the programs are already built."""
        shutil.copytree(course.ROOT / "proto", self.root / "proto")
        shutil.copy(course.ROOT / "meson.build", self.root)  # the copy's own lock

    def test_what_failed_last_is_asked_first(self) -> None:
        self.can_be_configured()
        client = f"--client={os.environ['WRONG_CLIENT']} --mistake=none"
        wrong, right = (f"--server={os.environ['WRONG_SERVER']} --mistake={name} --stage=4" for name in ("list_takes_negative", "none"))
        failed = r"FAIL +(\d+)/51 +list_refused: (?s:.*)^\d+ of 51, then list_refused$"
        said = self.stage("check", "04", wrong, client).stdout
        self.assertRegex(said, rf"(?m)\AThe server:\nok +1/51 +list_prefix(?s:.*)\n{failed}")
        number = re.search(failed, said, re.MULTILINE)[1]
        self.assertRegex(self.stage("check", "04", wrong, client).stdout, rf"(?m)\AFirst the question that failed last:\n{failed}")
        self.assertRegex(self.stage("check", "04", right, client).stdout,
                         rf"\AFirst the question that failed last:\nok +{number}/51 +list_refused.*\n1 of 1 .*\nNow all questions:\nThe server:\nok +1/51 ")

    def test_the_judge_asks_a_program_in_another_language(self) -> None:
        self.can_be_configured()
        own = f"/usr/bin/python3 {course.ROOT}/tests/judge/wrong/contract.py --mistake=none"
        said = self.stage("check", "01", "--task=encode", f"--contract={own}").stdout
        self.assertIn("1 of 1 questions answered right\nencode is done.", said)
        self.assertIn("to read and run; other program: tasks done: encode", self.stage("progress").stdout)
        self.assertIn("--contract='...'", self.stage("check", "01", "--task=encode", f"--server={own}").stderr)


class Changes(unittest.TestCase):
    """Tests which programs `check` judges again. The programs are text files, and the judge rejects those with "wrong"."""

    ASK = 'eval "p=${3#*=}"; grep -q wrong "$p" && echo 0 of 4, then x && exit 1; echo 1 of 1 questions answered right'

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "workspace/03_client_stub").mkdir(parents=True)
        judge = self.root / "judge"
        judge.write_text(f"#!/bin/sh\n{self.ASK}\n", encoding="utf-8")
        judge.chmod(0o755)
        for module, name, value in ((building, "WORKSPACE", self.root), (workspace, "WORKSPACE", self.root / "workspace"),
                                    (checking, "PROGRESS", self.root / "progress.json"), (judging, "JUDGE", judge),
                                    (checking, "build", lambda stage, own: True)):
            self.enterContext(mock.patch.object(module, name, value))

    def asked(self, everything: bool = False, **programs: str) -> str:
        """Changes programs, runs `check`, and returns the programs that it judged and whether the stage is done."""
        for kind, text in programs.items():
            (self.root / "workspace/03_client_stub" / kind).write_text(text, encoding="utf-8")
        stages = course.load()
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            status = checking.check(course.find(stages, "03"), stages, [], everything)
        record = checking.load()["03_client_stub"]
        self.assertEqual((status == 0, record.done), ("Stage 03 is done" in said.getvalue(),) * 2, said.getvalue())
        words = [kind for kind in ("server", "client") if f"The {kind}:\n" in said.getvalue()]
        return " ".join([*words, f"{record.right} of {record.total}" if record.done else "at " + record.failing])

    def test_a_program_that_was_right_is_asked_again_when_it_has_changed(self) -> None:
        self.assertEqual(self.asked(server="1", client="wrong"), "server client at client x")
        self.assertEqual(self.asked(client="2"), "client 7 of 7")
        self.assertEqual(self.asked(), "server client 7 of 7", "nothing has changed")
        self.assertEqual(self.asked(server="3"), "server 7 of 7")
        self.assertEqual(self.asked(server="wrong"), "server at x")
        self.assertEqual(self.asked(client="4"), "server at x", "both are to be asked")
        self.assertEqual(self.asked(server="5"), "server client 7 of 7")
        self.assertEqual(self.asked(client="6", everything=True), "server client 7 of 7")

    def test_another_program_does_not_change_what_the_workspace_has_reached(self) -> None:
        self.asked(server="wrong", client="1")
        stages, said = course.load(), io.StringIO()
        stage, mine = course.find(stages, "03"), checking.load()["03_client_stub"]
        mine.beyond = ["retry"]
        checking.keep(stage, mine)
        other = self.root / "other"
        other.touch()
        flags = [f"--{kind}={other}" for kind in ("server", "client")]
        with contextlib.redirect_stdout(said):
            self.assertEqual(checking.check(stage, stages, flags), 0)
            checking.progress(stages)
            checking.hint(stage)
        self.assertEqual(checking.load()["03_client_stub"], mine)
        self.assertIn("\n03_client_stub           at x; tasks done: retry; other program: done, 7 of 7\n", said.getvalue())
        self.assertIn("\nx tests code that was in the workspace", said.getvalue())

    def watched(self, end: str) -> int:
        """Runs `watch` on a terminal: a check, all keys, a save, then the end. Returns its exit status."""
        stages = course.load()
        child, terminal = pty.fork()
        if child == 0:
            os._exit(checking.watch(course.find(stages, "03"), stages))
        said = ""

        def until(text: str) -> None:
            nonlocal said
            while text not in said:
                said += os.read(terminal, 4096).decode()
            said = said.partition(text)[2]

        def echoes() -> bool:
            return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

        waiting = "Waiting for a save. Keys: h hint, a all questions, q quit."
        until(waiting)
        self.assertFalse(echoes())
        os.write(terminal, b"h")
        until("x tests code that was in the workspace")
        until(waiting)
        os.write(terminal, b"a")
        until("The client:")  # it continues after the server's question
        until(waiting)
        (self.root / "workspace/03_client_stub/server").write_text("right", encoding="utf-8")
        (self.root / "workspace/03_client_stub/main.cc").touch()
        until("Stage 03 is done.")
        until(waiting)
        os.write(terminal, end.encode()) if end else os.kill(child, signal.SIGTERM)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.assertTrue(echoes())
        os.close(terminal)
        return status

    def test_watch_has_keys_and_goes_on_until_it_is_ended(self) -> None:
        for end in "q", "\3", "":  # \3 is Ctrl-C
            with self.subTest(end):
                for kind in "server", "client":
                    (self.root / "workspace/03_client_stub" / kind).write_text("wrong" if kind == "server" else "right", encoding="utf-8")
                self.assertEqual(self.watched(end), 0)

    def test_another_judge_asks_all(self) -> None:
        self.asked(server="1", client="1")
        with judging.JUDGE.open("a", encoding="utf-8") as judge:
            judge.write("# other questions\n")
        self.assertEqual(self.asked(client="2"), "server client 7 of 7")


class Terminal(io.StringIO):
    """Looks like a terminal."""

    def isatty(self) -> bool:
        return True


class Compiled(unittest.TestCase):
    """Tests what is shown of a build. The compiler is `cat` here, and a source is what it prints."""

    NINJA = """rule compile
  command = cat $in && touch $out && ! grep -q error: $in
  description = Compiling C++ object $out
build workspace/03_client_stub/a.o: compile a
build workspace/03_client_stub/b.o: compile b
build kv.pb.o: compile kv
build workspace/03_client_stub/server: phony workspace/03_client_stub/a.o workspace/03_client_stub/b.o kv.pb.o
build workspace/03_client_stub/client: phony
build judge: phony
"""
    WARNING = "../workspace/03_client_stub/a.h:1:2: warning: %s [-Wreturn-type]\n}\n^\n1 warning generated.\n"

    def setUp(self) -> None:
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "build.ninja").write_text(self.NINJA, encoding="utf-8")
        for module, name, value in ((building, "WORKSPACE", self.root), (judging, "JUDGE", self.root / "judge"),
                                    (building, "alone", contextlib.nullcontext)):  # other tests hold the lock, too
            self.enterContext(mock.patch.object(module, name, value))

    def built(self, right: bool = True, screen: io.StringIO | None = None, **sources: str) -> str:
        """Changes sources, builds, and returns what is printed."""
        for name, text in sources.items():
            (self.root / name).write_text(text, encoding="utf-8")
            (self.root / f"workspace/03_client_stub/{name}.o").unlink(missing_ok=True)
        with contextlib.redirect_stdout(screen or io.StringIO()) as said:
            self.assertEqual(judging.build(course.find(course.load(), "03"), own=True), right)
        return said.getvalue()

    def test_warnings_stay_until_the_file_is_compiled_without(self) -> None:
        first = self.built(a=self.WARNING % "A", b=self.WARNING % "A" + self.WARNING % "B", kv=self.WARNING % "generated")
        shown = "".join(f"workspace/03_client_stub/a.h:1:2: warning: {name} [-Wreturn-type]\n}}\n^\n" for name in "AB")
        self.assertTrue(first.startswith("Building the judge. This happens once"), first)
        self.assertTrue(first.endswith(f"\n{shown}"), first)
        (self.root / "judge").touch()
        self.assertEqual(self.built(), shown, "Ninja compiles nothing now")
        self.assertEqual(self.built(a="", b=""), "")

    def test_many_warnings_are_cut(self) -> None:
        (self.root / "judge").touch()
        shown = self.built(a="".join(self.WARNING % number for number in range(10)), b="", kv="").splitlines()
        self.assertEqual((len(shown), shown[-1]), (21, "(10 more lines of warnings)"))

    def test_errors_are_shown_without_the_command(self) -> None:
        (self.root / "judge").touch()
        self.assertEqual(self.built(right=False, a="../workspace/03_client_stub/a.cc:1:2: error: E\n1 error generated.\n", b="", kv=""),
                         "workspace/03_client_stub/a.cc:1:2: error: E\nIt does not compile yet. Fix the first error above.\n")

    def test_a_terminal_has_one_line_that_says_how_far_it_is(self) -> None:
        (self.root / "judge").touch()
        with mock.patch.dict(os.environ, NO_COLOR="1"):
            said = self.built(screen=Terminal(), a="", b="", kv="")
        self.assertRegex(said, r"\A\r\033\[K\[1/3\] Compiling .*\r\033\[K\[3/3\] Compiling .*\r\033\[K\Z")
        self.assertNotIn("\n", said)

    def test_the_rest_of_a_build_is_said_roughly(self) -> None:
        self.assertEqual([terminal.about(seconds) for seconds in (5, 60, 200)], ["less than a minute", "about 1 minute", "about 3 minutes"])


class Heard(unittest.TestCase):
    """Tests how the output of parallel judges is merged. The judges are texts here; each asks every third question."""

    def hear(self, *texts: str) -> tuple[str, tuple[int, int, str]]:
        """Returns what is printed, and the result."""
        shown = io.StringIO()
        with contextlib.ExitStack() as stack, contextlib.redirect_stdout(shown):
            judges = [stack.enter_context(subprocess.Popen(["printf", text], stdout=subprocess.PIPE, text=True)) for text in texts]
            heard = judging.hear(judges)
        return shown.getvalue(), heard

    def test_answers_are_shown_in_order(self) -> None:
        shown, heard = self.hear("ok    1/4  a: A\nok    4/4  d: D\n2 of 2 questions answered right\n",
                                 "ok    2/4  b: B\n1 of 1 questions answered right\n",
                                 "--    3/4  c: C\n      not asked: no\n0 of 0 questions answered right\n")
        self.assertEqual(re.findall(r"/4  (\w): ", shown), ["a", "b", "c", "d"])
        self.assertTrue(shown.endswith("3 of 3 questions answered right\n"), shown)
        self.assertEqual(heard, (3, 3, ""))

    def test_nothing_is_shown_after_the_first_wrong_one(self) -> None:
        shown, heard = self.hear("ok    1/6  a: A\nFAIL  4/6  d: D\n      got  this\n3 of 6, then d\n",
                                 "FAIL  2/6  b: B\n      got  that\n1 of 6, then b\n",
                                 "FAIL  3/6  c: C\n2 of 6, then c\n")
        self.assertEqual(shown, "ok    1/6  a: A\nFAIL  2/6  b: B\n      got  that\n1 of 6, then b\n")
        self.assertEqual(heard, (1, 6, "b"))

    def test_all_wrong_ones_with_what_belongs_to_each(self) -> None:
        shown, heard = self.hear("FAIL  1/5  a: A\n      got  this\nFAIL  4/5  d: D\n      got  that\n0 of 2 questions answered right, not a, d\n",
                                 "ok    2/5  b: B\nok    5/5  e: E\n2 of 2 questions answered right\n",
                                 "FAIL  3/5  c: C\n0 of 1 questions answered right, not c\n")
        self.assertEqual([line[:10].strip() for line in shown.splitlines()],
                         ["FAIL  1/5", "got", "ok    2/5", "FAIL  3/5", "FAIL  4/5", "got", "ok    5/5", "2 of 5 que"])
        self.assertTrue(shown.endswith("2 of 5 questions answered right, not a, c, d\n"), shown)
        self.assertEqual(heard, (2, 5, "a"))

    def test_a_right_answer_is_shown_at_once(self) -> None:
        with subprocess.Popen(["sh", "-c", "echo 'ok    1/2  a: A'; read end"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as judge:
            self.assertEqual(next(judging.answers(judge)), ["ok    1/2  a: A"])

    def test_a_judge_that_can_not_ask(self) -> None:
        with mock.patch.object(judging, "say") as shown, contextlib.redirect_stderr(io.StringIO()) as said, \
                self.assertRaises(SystemExit):
            self.hear("judge: no such program\n", "judge: no such program\n")
        shown.assert_called_once_with("judge: no such program")  # although each judge says it
        self.assertIn("the judge could not ask", said.getvalue())


if __name__ == "__main__":
    unittest.main()
