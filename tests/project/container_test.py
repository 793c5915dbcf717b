"""Tests that the container has the packages that tools/stage doctor wants, and that the editor and CI use it."""
import json
import re
import unittest

import container_steps
from stagelib import course, packages


class Container(unittest.TestCase):
    """The Containerfile and what refers to it."""

    def test_it_installs_what_doctor_asks_for(self) -> None:
        installed = container_steps.read().runs[0].split("--no-install-recommends")[1].split()
        self.assertEqual(sorted(installed), sorted(packages.needed(container_steps.GROUPS)))

    def test_the_editor_builds_it(self) -> None:
        folder = course.ROOT / ".devcontainer"
        config = json.loads((folder / "devcontainer.json").read_text(encoding="utf-8"))
        self.assertEqual((folder / config["build"]["dockerfile"]).resolve(), container_steps.FILE)

    def test_the_workflow_builds_it_and_publishes_what_docs_builds(self) -> None:
        text = (course.ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
        tag = re.search(r"docker build .*-f Containerfile -t (\w+) \.$", text, re.M)[1]
        ran = re.findall(rf'docker run .*-v "\$PWD:{container_steps.read().folder}" {tag} (.*)', text)
        self.assertEqual(ran, [".ci/run", "tools/stage docs"])
        self.assertIn("build/docs/html}", text)

    def test_the_readme_builds_it(self) -> None:
        text = (course.ROOT / "README.md").read_text(encoding="utf-8")
        self.assertIn("-f Containerfile", text)
        self.assertIn(f'-v "$PWD:{container_steps.read().folder}"', text)


if __name__ == "__main__":
    unittest.main()
