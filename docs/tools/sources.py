"""Converts the stages' C++ files for Doxygen, without changing the files themselves.

Doxygen gets each file only in the stages that add or change it: for a header its contract,
for a .cc file its purpose. Doxygen would merge classes of several stages that have the
same name. So each stage gets its own namespace, which finish.py hides again. Line numbers
do not change.
"""
import pathlib
import re

from plan import Site

TYPE = re.compile(r"^(?:class|struct|enum(?: class)?) (\w+)(?!.*;)", re.M)


def _header(text: str, opening: str) -> str:
    """Converts a header for Doxygen: its top comment becomes the description, and `opening` its namespace."""
    lines = text.split("\n")
    for at in range(next(i for i, line in enumerate(lines) if not line.startswith("//"))):
        code = re.match(r"//   +\S", lines[at])  # Markdown needs four spaces for code
        lines[at] = "///" + (" \\stagefile" if at == 0 else "    " if code else "") + lines[at][2:]
    return "\n".join(opening if line == "namespace kv {" else line for line in lines)


def shown(site: Site) -> tuple[list[str], dict[pathlib.Path, str]]:
    """Returns the descriptions of the stages, and each new or changed file, converted for Doxygen."""
    groups, files = [], {}
    reasons: dict[str, str] = {}
    types: dict[str, list[tuple[str, str]]] = {}  # for each header, its types and their stages
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
