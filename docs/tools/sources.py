"""Shows the stages' C++ files to Doxygen; the files themselves stay untouched.

A file is shown once, in the stage where it is new or changed: of a header its
contract, of a .cc file what it is for. Two stages may have a class of one name,
which Doxygen would take for one: each stage gets a namespace of its own, which
finish.py hides again. Line stays line.
"""
import pathlib
import re

from plan import Site

TYPE = re.compile(r"^(?:class|struct|enum(?: class)?) (\w+)(?!.*;)", re.M)


def _header(text: str, opening: str) -> str:
    """A header as Doxygen is to see it: described by the comment at its top, and with `opening` as its namespace."""
    lines = text.split("\n")
    for at in range(next(i for i, line in enumerate(lines) if not line.startswith("//"))):
        code = re.match(r"//   +\S", lines[at])  # an indented block is code in Markdown
        lines[at] = "///" + (" \\stagefile" if at == 0 else "    " if code else "") + lines[at][2:]
    return "\n".join(opening if line == "namespace kv {" else line for line in lines)


def shown(site: Site) -> tuple[list[str], dict[pathlib.Path, str]]:
    """The descriptions of the stages, and each new or changed file as Doxygen is to see it."""
    groups, files = [], {}
    reasons: dict[str, str] = {}
    types: dict[str, list[tuple[str, str]]] = {}  # of each header: name and stage
    for stage in site.stages:
        reasons |= stage.adds
        fresh = {n: p for n, p in stage.files().items() if p.suffix in (".h", ".cc") and (n in stage.adds or n in stage.changes)}
        types = {name: found for name, found in types.items() if name not in stage.drops}
        carried = sorted(t for name, found in types.items() if name not in fresh for t in found)
        links = ", ".join(f'\\ref kv::stage{number}::{name} "{name}" (stage {number})' for name, number in carried)
        note = f"\n\nAs in an earlier stage: {links}." if links else ""
        groups.append(f"/** \\namespace kv::stage{stage.number} {stage.idea}{note} */")
        opening = f"namespace kv::stage{stage.number} {{" + "".join(f" using kv::stage{n}::{t};" for t, n in carried)
        for name, path in fresh.items():
            files[path] = f"/** \\file\n{reasons[name]} */\n"
            if path.suffix == ".h":
                text = path.read_text(encoding="utf-8")
                files[path] = _header(text, opening)
                types[name] = [(t, stage.number) for t in TYPE.findall(text)]
    return groups, files
