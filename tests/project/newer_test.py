"""Tests newer.py: it reports both differences without a row and rows that are out of date."""
import json
import pathlib
import tempfile
import unittest

import newer

BUILD = pathlib.Path("unused")
SESSION = "@@ -1 +1 @@\n-[client] old\n+[client] new words\n@@ -9 +9 @@\n-[client] 4\n+[client] 5\n"
GOOGLE = ("[ RUN      ] A.Holds\n[       OK ] A.Holds (1 ms)\n[ RUN      ] A.Differs\nsaid 7\n[  FAILED  ] A.Differs (1 ms)\n"
          "[ RUN      ] A.Last\n[       OK ] A.Last (1 ms)\n[----------] 3 tests\n[  FAILED  ] A.Differs\n")
UNITTEST = f"F.\n{'=' * 70}\nFAIL: test_one\n{'=' * 70}\nERROR: test_two\n"


class Newer(unittest.TestCase):
    def complaints(self, said: str, **row: object) -> list[str]:
        with tempfile.TemporaryDirectory() as name:
            log = pathlib.Path(name) / "testlog.json"
            log.write_text("".join(json.dumps({"name": f"s - grpc-by-stages:{test}", "result": result, "stdout": said}) + "\n"
                                   for test, result in (("t", "FAIL"), ("good", "OK"))), encoding="utf-8")
            return newer.complaints([row], newer.observed(log), BUILD)

    def test_rows_that_name_each_difference_are_right(self) -> None:
        for said, signs in (SESSION, ["new words", "+[client] 5"]), (GOOGLE, ["A.Differs"]), (UNITTEST, ["test_one", "test_two"]), ("Boo", ["Boo"]):
            self.assertEqual(self.complaints(said, tests={"s - t": signs}), [])

    def test_a_difference_without_a_row_is_named(self) -> None:
        for said, signs, missing in (SESSION, ["new words"], "+[client] 5"), (UNITTEST, ["test_one"], "test_two"), (GOOGLE, [], "said 7"):
            found, = self.complaints(said, tests={"s - t": signs})
            self.assertIn(missing, found)

    def test_a_row_without_its_difference_is_named(self) -> None:
        self.assertIn("it does not: A.Holds", self.complaints(GOOGLE, tests={"s - t": ["A.Differs", "A.Holds"]})[0])
        self.assertIn("it does not: x", self.complaints(GOOGLE, tests={"s - t": ["A.Differs"], "s - good": ["x"]})[0])

    def test_what_differs_only_sometimes_may_hold(self) -> None:
        self.assertEqual(self.complaints(GOOGLE, sometimes=True, tests={"s - t": ["A.Differs"], "s - good": ["x"]}), [])


if __name__ == "__main__":
    unittest.main()
