"""Tests that docs/errors.md lists exactly the error messages that the programs have."""
import pathlib
import re
import tomllib
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMPLAINT = re.compile(r"\b(?:Fail|Broken|Invalid|\w+Error)\(|\bkUsage\[\] =|\busage = ")


def listed() -> list[str]:
    """Returns the messages on the page."""
    text = (ROOT / "docs/errors.md").read_text(encoding="utf-8").partition("\n## ")[2]
    return re.findall(r"^\| ``?(.+?)``?(?: and nothing more)? \|", text, re.M)


def unescaped(literal: str) -> str:
    """Returns the text of a C++ or Python literal. It knows the escapes that our messages use."""
    return literal.replace('\\"', '"').replace("\\\\", "\\").replace("\\'", "'")


def call(text: str, start: int) -> str:
    """Returns the text from `start`, inside a call that makes a message, to the end of the call or statement."""
    depth, at, quoted = (1 if text[start - 1] == "(" else 0), start, False
    while at < len(text) and not (depth == 0 and text[at] == ";") and not (depth == 0 and text[start - 1] == "("):
        if text[at] == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[start:at]


def complaints() -> list[tuple[str, str]]:
    """Returns each piece of a message in the stages' sources, with its file."""
    found = []
    for path in sorted((ROOT / "stages").glob("*/**/*.cc")):
        text = re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))  # joins adjacent literals
        for match in COMPLAINT.finditer(text):
            for piece in LITERAL.findall(call(text, match.end())):
                if re.search(r"\w{2}", piece):
                    words = unescaped(piece).strip()
                    # The page has only the beginning of a usage line.
                    words = words.partition(" [")[0] if words.startswith("usage: ") else words
                    found.append((words, path.relative_to(ROOT).as_posix()))
    return found


def seen() -> str:
    """Returns all that tests compare: the output in sessions, the literals of test programs, and the texts of a newer gRPC."""
    newer = tomllib.loads((ROOT / "docs/newer.toml").read_text(encoding="utf-8"))["row"]
    parts = [words for row in newer for said in row.get("tests", {}).values() for words in said]
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix == ".session":
            parts += [line.partition("] ")[2] for line in path.read_text(encoding="utf-8").splitlines()]
        elif path.suffix in (".cc", ".py") and path != pathlib.Path(__file__).resolve() and "node_modules" not in path.parts:
            text = re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))
            parts += [unescaped(literal) for literal in LITERAL.findall(text)]
    return "\n".join(parts)


class Errors(unittest.TestCase):
    """Tests both directions."""

    def test_each_listed_message_was_seen_by_a_test(self) -> None:
        everything = seen()
        for message in listed():
            # Tests compare the code of a status without a text.
            pattern = re.escape(message.rstrip(":")).replace("…", ".+")
            with self.subTest(message):
                self.assertTrue(re.search(pattern, everything), "no session and no test shows it")

    def test_each_message_of_the_sources_is_listed(self) -> None:
        found = complaints()
        self.assertGreater(len(found), 15)
        page = "\n".join(listed())
        for piece, path in found:
            with self.subTest(path=path, piece=piece):
                self.assertIn(piece, page)
