"""Tests that README.md shows what its commands print."""
import re
import unittest

from stagelib import building, course, session


class Readme(unittest.TestCase):
    """Tests its transcript, its table and its commands."""

    def setUp(self) -> None:
        self.text = (course.ROOT / "README.md").read_text(encoding="utf-8")
        self.stages = course.load()

    def test_it_shows_what_the_commands_print(self) -> None:
        found = re.findall(r"<!-- session: (\S+) -->\n```\n(.*?)```", self.text, re.S)
        first, latest = course.find(self.stages, "03"), self.stages[-1]
        self.assertEqual([name for name, _ in found], [f"{s.name}/{s.play}" for s in (first, latest)])
        for stage, (_, block) in zip((first, latest), found):
            head, shown = re.search(r"^(.*?)(\[.*)", block, re.S).groups()
            # `tools/stage run` prints the commands with the address, which a session mostly omits.
            said = "\n".join(session.parse(stage.sessions()[stage.play]).lines())
            self.assertEqual(*(re.sub(r" --(listen|target)=\S+", "", text).splitlines() for text in (shown, said)))
        title, building_it, built, place = head.splitlines()  # for the latest stage; for stage 03 the README shows only the session
        self.assertEqual(title, f"{latest.name}: {latest.title}")
        self.assertEqual(building_it, building.FIRST_TIME)
        self.assertRegex(built, r"built in \d+\.\d s")
        self.assertEqual(place, f"in build/stages/{latest.name}:")

    def test_the_first_page_says_the_same(self) -> None:
        page = (course.ROOT / "docs/index.md").read_text(encoding="utf-8")
        container = re.findall(r"^docker .*", self.text, re.M)
        self.assertEqual(re.findall(r"^\$ (docker .*)", page, re.M), container)
        self.assertEqual(len(container), 2)
        time = "takes about half a minute on two cores"
        for text in self.text, page, building.FIRST_TIME:
            self.assertIn(time, text)

    def test_its_picture_of_a_check_is_as_the_page_of_the_course_shows_it(self) -> None:
        said = re.search(r'The output of "(.*)": question (\d+) of (\d+), (\w+), failed.*expected (\w+), and got (\w+)', self.text)
        lines = "\n".join(session.parse(course.ROOT / "tests/project/sessions/check_again.session").lines())
        command, number, count, name, expected, got = said.groups()
        for words in (f"$ {command}\n", f"FAIL  {number}/{count}  {name}: ", f"expected  {expected}\n", f"got       {got}: "):
            self.assertIn(words, lines)

    def test_its_table_has_every_stage(self) -> None:
        self.assertEqual(re.findall(r"^\| `(\d\d_\w+)` \|", self.text, re.M), [s.name for s in self.stages])

    def test_its_files_exist(self) -> None:
        for name in re.findall(r"\]\(([^)#:]+)\)", self.text):
            self.assertTrue((course.ROOT / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
