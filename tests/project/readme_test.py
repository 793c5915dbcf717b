"""What README.md shows is what its commands print."""
import re
import unittest

from stagelib import building, course, session


class Readme(unittest.TestCase):
    """Its transcript, its table, and the words of its commands."""

    def setUp(self) -> None:
        self.text = (course.ROOT / "README.md").read_text(encoding="utf-8")
        self.stages = course.load()

    def test_it_shows_the_latest_stages_session(self) -> None:
        name, block = re.search(r"<!-- session: (\S+) -->\n```\n(.*?)```", self.text, re.S).groups()
        latest = self.stages[-1]
        self.assertEqual(name, f"{latest.name}/{latest.play}")
        head, building_it, built, place, *lines = block.splitlines()
        self.assertEqual(head, f"{latest.name}: {latest.title}")
        self.assertEqual(building_it, building.FIRST_TIME)
        self.assertRegex(built, r"built in \d+\.\d s")
        self.assertEqual(place, f"in build/stages/{latest.name}:")
        # tools/stage run names the address in the commands; a session leaves it out.
        shown = [re.sub(r" --(listen|target)=\S+", "", line) for line in lines]
        self.assertEqual(shown, session.parse(latest.sessions()[latest.play]).lines())

    def test_its_table_has_every_stage(self) -> None:
        self.assertEqual(re.findall(r"^\| `(\d\d_\w+)` \|", self.text, re.M), [s.name for s in self.stages])

    def test_its_files_exist(self) -> None:
        for name in re.findall(r"\]\(([^)#:]+)\)", self.text):
            self.assertTrue((course.ROOT / name).is_file(), name)


if __name__ == "__main__":
    unittest.main()
