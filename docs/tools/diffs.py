r"""\stagediff{OLD,NEW}: what a stage adds, changes and drops, and why. It is folded, because it is long."""
import collections
import pathlib

import codeblock
import paint
import snippets
from stagelib import course

LONG = 40  # longer hunks are folded, and those of a file with parts that the learner writes


def _hunk(hunk: course.Hunk, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, int]:
    """Returns the HTML of one hunk and the number of lines that it shows."""
    i, j, rows = hunk.old_start - 1, hunk.new_start - 1, []
    for line in hunk.lines:
        sign, marker = line[0], paint.MARKER.fullmatch(line[1:])
        text = old[i] if sign == "-" else new[j]
        number = i + 1 if sign == "-" else j + 1
        i, j = i + (sign != "+"), j + (sign != "-")
        if not marker:
            css, say = {"-": ("del", "removed: "), "+": ("ins", "added: "), " ": ("", "")}[sign]
            hidden = f'<span class="sr">{say}</span>' if say else ""
            rows.append(f'<span class="l {css}" data-n="{number}" data-s="{sign.replace("-", "−")}">{hidden}{text}\n</span>')
    digits = max(3, len(str(max(i, j))))
    return f'<pre class="numbered diff" style="--digits:{digits}ch"><code>' + "".join(rows) + "</code></pre>", len(rows)


def _changed(old: course.Stage, new: course.Stage, name: str) -> str:
    a, b = (s.files()[name].read_text(encoding="utf-8") for s in (old, new))
    lang = paint.language(pathlib.Path(name))
    parts, total, hunks, reasons = [], 0, course.hunks(a, b), new.changes[name]
    if len(hunks) != len(reasons):
        raise ValueError(f"{name} has {len(hunks)} hunks, but stage.toml has {len(reasons)} sentences for them")
    for hunk, why in zip(hunks, reasons):
        body, count = _hunk(hunk, paint.lines(a.rstrip("\n"), lang), paint.lines(b.rstrip("\n"), lang))
        total += count
        parts.append(f'<p class="reason">{codeblock.escape(why)}</p>\n{body}')
    summary = _summary("changes", name, _plural(len(parts), "place"))
    body = "\n".join(parts)
    if total > LONG or snippets.solves(new, new.files()[name]):
        return codeblock.folded(summary, f'<div class="hunks">{body}</div>', "change")
    return f'<figure class="code change"><figcaption>{summary}</figcaption><div class="hunks">\n{body}\n</div></figure>\n'


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _lines(old: course.Stage, new: course.Stage) -> str:
    """Says how many lines a stage adds and removes, without the markers, which readers do not see."""
    signs = collections.Counter("+" * sum(len(paint.numbered(new.files()[name])) for name in new.adds))
    for name in new.changes:
        a, b = (s.files()[name].read_text(encoding="utf-8") for s in (old, new))
        signs.update(line[0] for hunk in course.hunks(a, b) for line in hunk.lines if not paint.MARKER.fullmatch(line[1:]))
    return f"{_plural(signs['+'], 'line')} added, {signs['-']} removed"


def _summary(what: str, name: str, where: str, why: str = "") -> str:
    word = {"adds": "new", "changes": "changed", "drops": "gone"}[what]
    note = f'<span class="why">{codeblock.escape(why)}</span>' if why else ""
    place = f'<span class="where">{where}</span>' if where else ""
    return f'<span class="badge {word}">{word}</span><span class="file">{codeblock.escape(name)}</span>{note}{place}'


def stagediff(root: pathlib.Path, stages: list[course.Stage], old_name: str, new_name: str) -> str:
    """Returns the difference between two stages, file by file. Raises ValueError if a reason is missing."""
    old, new = course.find(stages, old_name), course.find(stages, new_name)
    if stages.index(new) != stages.index(old) + 1:
        raise ValueError(f"{new.name} does not come after {old.name}")
    out = [_changed(old, new, name) for name in new.changes]
    for name, why in new.adds.items():
        rows = paint.numbered(new.files()[name])
        body = codeblock.code(rows).replace('class="numbered"', 'class="numbered diff"')
        body = body.replace('class="l"', 'class="l ins" data-s="+"')
        out.append(codeblock.folded(_summary("adds", name, _plural(len(rows), "line"), why), body, "change"))
    dropped: dict[str, list[str]] = {}
    for name, why in new.drops.items():
        dropped.setdefault(why, []).append(name)
    for why, names in dropped.items():
        out.append(f'<div class="fold change gone">{_summary("drops", ", ".join(names), "", why)}</div>\n')
    same = {n: p for n, p in new.files().items() if n not in new.adds and n not in new.changes}
    if unlike := [n for n, p in same.items() if n not in old.files() or old.files()[n].read_bytes() != p.read_bytes()]:
        raise ValueError(f"stage.toml gives no reason for {', '.join(unlike)} under [adds] or [changes]")
    if same:
        links = {n: snippets.link(f"stages/{new.name}/{n}", 1) for n in same}
        files = ", ".join(f'<a href="{url}"><code>{n}</code></a>' if url else f"<code>{n}</code>" for n, url in links.items())
        out.append(f'<p class="carried">Carried over, byte for byte: {files}.</p>\n')
    counts = [_plural(len(new.adds), "new file"), f"{len(new.changes)} changed"] + ([f"{len(new.drops)} removed"] if new.drops else [])
    summary = f'<span class="why">{", ".join(counts)}</span><span class="where">{_lines(old, new)}</span>'
    return codeblock.folded(summary, "".join(out), "stagediff")
