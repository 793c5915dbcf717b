r"""\snippet PATH [MARKER], \oneline PATH TEXT, \beside{…,…} and \wholeprogram: code cut from its file."""
import pathlib
import re

import codeblock
import paint
from stagelib import course, workspace

YOURS = '<span class="why write">Write it yourself first<span class="shut">: show</span></span>'


def source(root: pathlib.Path, name: str) -> pathlib.Path:
    """Returns the file PATH below the root of the repository."""
    path = root / name
    if not path.is_file():
        raise ValueError(f"there is no file {name}")
    return path


def bounds(path: pathlib.Path, marker: str) -> tuple[int, int]:
    """Returns the numbers of the first and the last line between two [MARKER] comments."""
    raw = path.read_text(encoding="utf-8").splitlines()
    at = [n for n, line in enumerate(raw, 1) if (m := paint.MARKER.fullmatch(line)) and m[1] == marker]
    if len(at) != 2:
        raise ValueError(f"{path.name} has {len(at)} comment lines [{marker}], not two")
    return at[0] + 1, at[1] - 1


def link(name: str, line: int) -> str:
    """Returns a link to a file in the reference, or an empty string if Doxygen does not list it."""
    listed = name.startswith(("stages/", "proto/")) and name.endswith((".cc", ".h", ".proto"))
    return f"ref:{name}#l{line:05}" if listed else ""


def snippet(root: pathlib.Path, stage: course.Stage | None, name: str, marker: str | None) -> str:
    """Returns a captioned part of a file, or the whole file, folded. On the page of a stage, `stage`, a part
    that the learner writes is folded, too."""
    path = source(root, name)
    if not marker:
        return whole(path, name)
    rows = paint.numbered(path, *bounds(path, marker))
    where = f"lines {rows[0][0]}–{rows[-1][0]}" if len(rows) > 1 else f"line {rows[0][0]}"
    if solves(stage, path, rows):
        return _folded(name, YOURS, where, codeblock.code(rows), rows[0][0], "yours")
    return codeblock.figure(codeblock.code(rows), name, where, link(name, rows[0][0]))


def oneline(root: pathlib.Path, name: str, text: str) -> str:
    """Returns the line that has the text, which exactly one line of the file must have. If a statement begins there, returns
    all of it, which may be three lines."""
    path = source(root, name)
    raw = path.read_text(encoding="utf-8").splitlines()
    at = [n for n, line in enumerate(raw, 1) if text in line]
    if len(at) != 1:
        raise ValueError(f"{path.name} has {len(at)} lines with {text}, not one")
    end = next((n for n in range(at[0], at[0] + 3) if raw[n - 1:n] and raw[n - 1].endswith((";", "{", "}"))), 0)
    if not end:
        raise ValueError(f"{path.name}: what begins with {text} has more than three lines")
    rows = paint.numbered(path, at[0], end)
    where = f"lines {at[0]}–{end}" if end > at[0] else f"line {end}"
    return codeblock.figure(codeblock.code(rows), name, where, link(name, at[0]))


def solves(stage: course.Stage | None, path: pathlib.Path, rows: list[tuple[int, str]] | None = None) -> bool:
    """Returns whether these lines of a file (None: any) are in a part that the learner of the stage writes."""
    exercise = workspace.exercise(stage) if stage else None
    holes = [bounds(path, hole.region) for hole in exercise.hole if stage.directory / hole.file == path] if exercise else []
    return any(not rows or first <= rows[-1][0] and rows[0][0] <= last for first, last in holes)


def _folded(name: str, note: str, where: str, code: str, line: int, kind: str, badge: str = "") -> str:
    """Returns a part of a file, or all of it, folded below its name and a note, with a link into the reference."""
    summary = f'{badge}<span class="file">{codeblock.escape(name)}</span>{note}<span class="where">{where}</span>'
    url = link(name, line)
    foot = f'<p class="foot"><a href="{url}">{codeblock.escape(name)} in the reference</a></p>' if url else ""
    return codeblock.folded(summary, codeblock.plain(code, "side" if "side" in kind else "") + foot, kind)


def whole(path: pathlib.Path, name: str, why: str = "", kind: str = "") -> str:
    """Returns a whole file, folded."""
    rows = paint.numbered(path)
    note = f'<span class="why">{codeblock.escape(why)}</span>' if why else ""
    count = f"{len(rows)} line{'s' if len(rows) > 1 else ''}"
    return _folded(name, note, count, codeblock.code(rows), 1, f"whole {kind}".rstrip())


def wholeprogram(root: pathlib.Path, stage: course.Stage) -> str:
    """Returns every file of a stage, folded, each with its reason if this stage gives one. Only the first stage
    prints them on paper: later pages print the new code in the diff, and earlier pages have the rest."""
    def file(name: str, path: pathlib.Path) -> str:
        why = stage.adds.get(name) or " ".join(stage.changes.get(name, [])) or "As in the stage before."
        return whole(path, path.relative_to(root).as_posix(), why, "again" if stage.builds_on else "")
    return "".join(file(name, path) for name, path in stage.files().items())


def beside(root: pathlib.Path, stage: course.Stage | None, python: str, cpp: str) -> str:
    """Returns two snippets side by side, each given as "PATH MARKER": Python on the left, C++ on the right. On the
    page of a stage, `stage`, a part that the learner writes is folded."""
    cells = []
    for label, word in (("Python", python), ("C++", cpp)):
        name, _, marker = word.strip().partition(" ")
        path = source(root, name)
        # Half a page is too narrow for arguments that are aligned far to the right.
        # The span keeps a browser from breaking a line within "->".
        rows = [(n, re.sub(r"^ {13,}", " " * 8, text).replace("-&gt;", '<span class="flag">-&gt;</span>')) for n, text in paint.numbered(path, *bounds(path, marker.strip()))]
        where = f"{rows[0][0]}–{rows[-1][0]}"
        code = codeblock.code(rows, numbers=False)
        if solves(stage, path, rows):
            cells.append(_folded(name, YOURS, where, code, rows[0][0], "side yours", f'<span class="badge">{label}</span>'))
        else:
            cells.append(codeblock.figure(code, name, where, link(name, rows[0][0]), "side", label))
    return '<div class="beside">\n' + "".join(cells) + "</div>\n"
