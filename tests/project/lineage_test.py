"""Tests that the stages match their stage.toml files, and that each kind of mismatch is reported."""
import pathlib
import shutil
import tempfile
import unittest

from stagelib import course, lineage


class Lineage(unittest.TestCase):
    """Breaks a copy of the stages in one way per test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        shutil.copy(course.ROOT / "meson.build", self.root)
        later = [stage.name for stage in course.load()[3:]]  # the first three stages are enough for these tests
        for name in "stages", "tests":
            shutil.copytree(course.ROOT / name, self.root / name,
                            ignore=shutil.ignore_patterns("node_modules", "__pycache__", *later))
        for name in later:
            self.edit("meson.build", f"  '{name}',\n", "")

    def edit(self, path: str, old: str, new: str) -> None:
        """Replaces text, which must exist."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        self.assertIn(old, text)
        file.write_text(text.replace(old, new), encoding="utf-8")

    def assert_complains(self, *words: str) -> None:
        """Asserts that there is exactly one complaint, and that it contains all the words."""
        found = lineage.complaints(self.root)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_the_stages_are_as_they_say(self) -> None:
        self.assertEqual(lineage.complaints(), [])

    def test_a_carried_file_that_differs(self) -> None:
        self.edit("stages/03_client_stub/store/store.cc", "no such key", "no key")
        self.assert_complains("store/store.cc is not in [changes]")

    def test_a_change_that_is_none(self) -> None:
        self.edit("stages/03_client_stub/stage.toml", "[changes]", '[changes]\n"store/store.h" = ["Why not."]')
        self.assert_complains("[changes] names store/store.h, but that is not so")

    def test_a_new_file_without_a_reason(self) -> None:
        (self.root / "stages/03_client_stub/extra.h").write_text("// more\n", encoding="utf-8")
        self.assert_complains("extra.h is not in [adds]")

    def test_a_file_that_went_without_a_reason(self) -> None:
        (self.root / "stages/03_client_stub/store/store.h").unlink()
        self.assert_complains("store/store.h is not in [drops]")

    def test_an_empty_reason(self) -> None:
        self.edit("stages/03_client_stub/stage.toml", "The C++ client takes its place, with the same command line.", "")
        self.assert_complains("client/client.py has no reason")

    def test_a_hunk_without_its_sentence(self) -> None:
        self.edit("stages/03_client_stub/meson.build", "# The library", "# A library")
        self.assert_complains("meson.build has 2 hunks and 1 sentences")

    def test_a_stage_that_grew_too_much(self) -> None:
        self.edit("stages/03_client_stub/client/main.cc", "}  // namespace\n", "// more\n" * 200 + "}  // namespace\n")
        self.assert_complains("a stage has one idea")

    def test_a_stage_that_is_not_listed(self) -> None:
        self.edit("meson.build", "  '02_sync_server',\n", "")
        self.assert_complains("meson.build lists ['01_contract', '03_client_stub']")

    def test_a_session_that_no_test_plays(self) -> None:
        self.edit("tests/03_client_stub/meson.build", "'conditions', ", "")
        self.assert_complains("plays no session conditions")

    def test_a_stage_that_reaches_out(self) -> None:
        self.edit("stages/03_client_stub/client/main.cc", "#include <cstdlib>", '#include "../02_sync_server/store/store.h"')
        self.assert_complains("client/main.cc: reaches out of its stage")

    def includes(self, file: str, header: str) -> None:
        """Adds an include to a file of a stage, and a reason for it."""
        self.edit(f"stages/03_client_stub/{file}", "namespace kv {", f"#include {header}\nnamespace kv {{")
        self.edit("stages/03_client_stub/stage.toml", "[changes]", f'[changes]\n"{file}" = ["Why not."]')

    def test_a_service_that_knows_the_server(self) -> None:
        self.includes("service/unary.cc", '"server/options.h"')
        self.assert_complains("service/unary.cc: includes server/options.h, which service/ must not know")

    def test_a_store_that_knows_grpc(self) -> None:
        self.includes("store/store.cc", "<grpcpp/grpcpp.h>")
        self.assert_complains("store/store.cc: includes grpcpp/grpcpp.h, which store/ must not know")

    def test_a_stage_without_its_toml(self) -> None:
        (self.root / "stages/03_client_stub/stage.toml").unlink()
        with self.assertRaisesRegex(ValueError, "has a stage.toml"):
            lineage.complaints(self.root)


if __name__ == "__main__":
    unittest.main()
