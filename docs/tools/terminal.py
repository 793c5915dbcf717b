r"""\transcript{STAGE/SESSION} and console fences, rendered as terminals.

Each terminal of a session has a name, a mark and a side, so that color is not the
only difference between [server] and [client].
"""
import itertools
import pathlib
import re

import codeblock
from stagelib import session

MARKS = {"server": "■", "client": "●", "shell": "▸"}
SIDES = {"server": 0, "client": 1}  # these two look the same on every page
OTHERS = 3  # the number of styles for other terminals, in order of appearance


def _line(kind: str, text: str) -> str:
    # Without the span, browsers break lines after a hyphen: "--" on one line and "timeout" on the next.
    text = re.sub(r"(?<!\S)--?\w\S*", r'<span class="flag">\g<0></span>', codeblock.escape(text))
    if kind == "command":
        return f'<span class="l"><span class="prompt">$ </span><span class="cmd">{text}</span>\n</span>'
    css = "key" if kind == "key" else "out"
    return f'<span class="l {css}">{text}\n</span>'


def transcript(root: pathlib.Path, name: str) -> str:
    """Renders tests/STAGE/sessions/SESSION.session."""
    stage, _, stem = name.partition("/")
    path = root / "tests" / stage / "sessions" / f"{stem}.session"
    if not path.is_file():
        raise ValueError(f"there is no session {path.relative_to(root).as_posix()}")
    shown = session.parse(path)
    labels = list(dict.fromkeys(event.label for event in shown.events))
    further = [label for label in labels if label not in SIDES]
    sides = {**SIDES, **{label: len(SIDES) + place % OTHERS for place, label in enumerate(further)}}
    parts = []
    for label, events in itertools.groupby(shown.events, key=lambda e: e.label):
        body = "".join(_line(e.kind, e.text) for e in events)
        mark = MARKS.get(label, "◆")
        tab = f'<span class="tab"><span aria-hidden="true">{mark}</span> {label}</span>' if len(labels) > 1 else ""
        parts.append(f'<div class="shell s{sides[label]}" data-terminal="{label}">{tab}'
                     f"<pre><code>{body}</code></pre></div>")
    kind = "terminal several" if len(labels) > 1 else "terminal"
    return (f'<figure class="code {kind}" data-session="{codeblock.escape(name)}">'
            '<figcaption><span class="dots" aria-hidden="true"></span>'
            f'<span class="file">{codeblock.escape(shown.caption)}</span></figcaption>\n'
            + "\n".join(parts) + "\n</figure>\n")


def console(text: str) -> str:
    """Renders a ```console fence, in which lines that begin with $ are commands."""
    rows = [_line("command", s[2:]) if s.startswith("$ ") else _line("output", s) for s in text.split("\n")]
    return codeblock.plain('<div class="shell"><pre><code>' + "".join(rows) + "</code></pre></div>", "terminal")
