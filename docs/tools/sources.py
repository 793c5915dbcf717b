"""Shows a stage's C++ files to Doxygen; the files themselves stay untouched.

Stages carry files on, so two of them have classes of the same name, which
Doxygen would take for one: each stage gets a namespace of its own. The comment
at a file's top is made its description. Line stays line.
"""
import re

CODE = re.compile(r"//   +\S")


def _head(lines: list[str]) -> tuple[list[str], int]:
    """The description made of the // comment at the top, and how many lines it took."""
    count = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    out = []
    for place, line in enumerate(lines[:count]):
        text = line[2:]
        if CODE.match(line):
            text = "    " + text  # an indented block is code in Markdown
        out.append("///" + (" \\stagefile" if place == 0 else "") + text)
    return out, count


def cpp(text: str, number: str, reason: str) -> str:
    """The file as Doxygen is to see it. `number` is the stage's, `reason` says
    what the file is for if it has no comment of its own at the top."""
    lines = text.split("\n")
    head, count = _head(lines)
    if not count:
        lines[0] = f"/** \\stagefile {reason} */ {lines[0]}"
    body = [re.sub(r"^namespace kv \{", f"namespace kv::stage{number} {{", line) for line in lines[count:]]
    body = [line if line.lstrip().startswith("//") else re.sub(r"\bkv::(?!v1\b|stage\d)", f"kv::stage{number}::", line)
            for line in body]
    return "\n".join(head + body)
