r"""\sequence{NAME}: docs/diagrams/NAME.seq as an inline SVG in the theme's colors.

    title A server stream
    actor Client
    actor Server
    Client -> Server: request       a solid arrow
    Client --> Server: metadata     a dashed arrow
    note Server: looks it up        a note on one lifeline (or on two: Client, Server)
    group until the client stops    a frame with a label, closed by ...
    end

A drawing with two actors fits a phone at reading size. With more actors it scrolls.
"""
import dataclasses
import html
import pathlib
import re
import textwrap

EDGE, GAP, CHAR, LINE = 74, 250, 6.9, 17


@dataclasses.dataclass
class Drawing:
    """The content of a .seq file. A row has a kind, the actors concerned, and a text."""

    title: str = ""
    actors: list[str] = dataclasses.field(default_factory=list)
    rows: list[tuple[str, list[str], str]] = dataclasses.field(default_factory=list)


def parse(path: pathlib.Path) -> Drawing:
    """Reads a .seq file. Raises ValueError with the line that it cannot parse."""
    drawing, depth = Drawing(), 0
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        who: list[str] = []
        if word == "title":
            drawing.title = rest
        elif word == "actor":
            drawing.actors.append(rest)
        elif word == "group" or line == "end":
            depth += 1 if word == "group" else -1
            drawing.rows.append((word, [], rest))
        elif word == "note" and ":" in rest:
            names, _, text = rest.partition(":")
            who = [n.strip() for n in names.split(",")]
            drawing.rows.append(("note", who, text.strip()))
        elif m := re.fullmatch(r"(.+?) (-->|->) (.+?): (.+)", line):
            who = [m[1], m[3]]
            drawing.rows.append(("dashed" if m[2] == "-->" else "solid", who, m[4]))
        else:
            raise ValueError(f"{path.name}:{number}: can't be read: {line}")
        if unknown := [n for n in who if n not in drawing.actors]:
            raise ValueError(f"{path.name}:{number}: no actor is called {unknown[0]}")
        if depth < 0:
            raise ValueError(f"{path.name}:{number}: end without a group")
    if not drawing.title or len(drawing.actors) < 2 or depth:
        raise ValueError(f"{path.name}: a title, two actors and an end for each group are needed")
    return drawing


def _text(css: str, x: float, y: float, words: list[str]) -> str:
    spans = "".join(f'<tspan x="{x:.0f}" dy="{LINE if i else 0}">{html.escape(w)}</tspan>' for i, w in enumerate(words))
    return f'<text class="{css}" x="{x:.0f}" y="{y:.0f}">{spans}</text>'


def _wide(words: str) -> float:
    """Estimates the width of a text. Capitals are wider than other letters."""
    return sum(CHAR * (1.3 if c.isupper() else 1) for c in words)


def _rect(css: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{css}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" rx="9"/>'


def svg(drawing: Drawing, ident: str) -> str:
    """Draws the figure. `ident` makes its IDs unique on a page."""
    width = EDGE * 2 + GAP * (len(drawing.actors) - 1)
    at = {name: EDGE + GAP * i for i, name in enumerate(drawing.actors)}
    y, body, frames, said = 58.0, [], [], []
    for kind, who, words in drawing.rows:
        if kind in ("solid", "dashed"):
            a, b = at[who[0]], at[who[1]]
            wrapped = textwrap.wrap(words, int((abs(b - a) - 14) / CHAR))
            y += 18 + LINE * len(wrapped)
            body.append(_text("sq-label", (a + b) / 2, y - 8 - LINE * (len(wrapped) - 1), wrapped))
            tip = b - 2 if b > a else b + 2
            body.append(f'<path class="sq-arrow {kind}" d="M{a} {y:.0f}H{tip}" marker-end="url(#{ident}-tip)"/>')
            said.append(f"{who[0]} to {who[1]}: {words}")
        elif kind == "note":
            left, right = min(at[n] for n in who), max(at[n] for n in who)
            wrapped = textwrap.wrap(words, 30 if left == right else int((right - left) / CHAR))
            half = max((right - left) / 2 + 24, max(map(_wide, wrapped)) / 2 + 12)
            edge = 8 + 6 * len(frames) if frames else 2  # keeps a note within its frame
            middle = min(max((left + right) / 2, half + edge), width - half - edge)
            height = LINE * len(wrapped) + 10
            y += 14
            body.append(_rect("sq-note", middle - half, y, 2 * half, height))
            body.append(_text("sq-notetext", middle, y + LINE + 0.5, wrapped))
            y += height
            said.append(f"{' and '.join(who)}: {words}")
        elif kind == "group":
            y += 16
            frames.append((y, words, len(body)))
            y += 22
            said.append(words)
        else:
            top, label, place = frames.pop()
            y += 16
            inset = 8 + 6 * len(frames)
            body[place:place] = [_rect("sq-group", inset, top, width - 2 * inset, y - top),
                                 _rect("sq-tab", inset, top, len(label) * CHAR + 20, 22),
                                 f'<text class="sq-tabtext" x="{inset + 10}" y="{top + 15.5:.0f}">{html.escape(label)}</text>']
    bottom = y + 24
    boxes = []
    for name, x in at.items():
        half = max(50.0, len(name) * 4.1 + 16)
        boxes += [_rect("sq-actor", x - half, 6, 2 * half, 36),
                  f'<text class="sq-actortext" x="{x}" y="29">{html.escape(name)}</text>']
    lines = [f'<path class="sq-life" d="M{x} 42V{bottom:.0f}"/>' for x in at.values()]
    arrow = (f'<defs><marker id="{ident}-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
             '<path class="sq-tip" d="M0 0L10 5L0 10z"/></marker></defs>')
    title = html.escape(drawing.title)
    head = (f'<figure class="diagram actors{len(at)}"><div class="scroll"><svg viewBox="0 0 {width} {bottom + 4:.0f}" '
            f'style="--w:{width}px" role="img" aria-labelledby="{ident}-t {ident}-d">'
            f'<title id="{ident}-t">{title}</title><desc id="{ident}-d">{html.escape(". ".join(said))}.</desc>')
    foot = f"</svg></div><figcaption>{title}</figcaption></figure>\n"
    return "\n".join([head, arrow, *lines, *body, *boxes, foot])


def sequence(root: pathlib.Path, name: str) -> str:
    """Draws docs/diagrams/NAME.seq."""
    path = root / "docs" / "diagrams" / f"{name}.seq"
    if not path.is_file():
        raise ValueError(f"there is no diagram {path.relative_to(root).as_posix()}")
    return svg(parse(path), f"seq-{name}")
