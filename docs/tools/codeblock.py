"""Renders a block of code as HTML, with a caption and numbered lines."""
import html


def escape(text: str) -> str:
    """Escapes text for HTML, also for attributes."""
    return html.escape(text, quote=True)


def code(rows: list[tuple[int, str]], numbers: bool = True) -> str:
    """Renders rows of (line number, HTML). The style sheet draws the numbers, so that
    selecting and copying omits them. Without numbers, each line stores its indent, so
    that the rest of a wrapped line gets the same indent."""
    width = len(str(rows[-1][0]))
    line = '<span class="l" data-n="{0}">{1}\n</span>' if numbers else '<span class="l" style="--in:{2}ch">{1}\n</span>'
    body = "".join(line.format(number, text, len(text) - len(text.lstrip(" ")) + 2) for number, text in rows)
    css = f' class="numbered" style="--digits:{width}ch"' if numbers else ""
    return f"<pre{css}><code>{body}</code></pre>"


def figure(body: str, label: str, where: str = "", link: str = "", kind: str = "", badge: str = "") -> str:
    """Renders a block with a caption. `link` is a URL, or `ref:` and a target that finish.py resolves."""
    name = f'<a class="file" href="{escape(link)}">{escape(label)}</a>' if link else f'<span class="file">{escape(label)}</span>'
    mark = f'<span class="badge">{escape(badge)}</span>' if badge else ""
    place = f'<span class="where">{escape(where)}</span>' if where else ""
    return f'<figure class="code {kind}"><figcaption>{mark}{name}{place}</figcaption>\n{body}\n</figure>\n'


def plain(body: str, kind: str = "") -> str:
    """Renders a block without a caption."""
    return f'<figure class="code bare {kind}">\n{body}\n</figure>\n'


def folded(summary: str, body: str, kind: str = "") -> str:
    """Renders a block that opens with a click on its summary, which is HTML."""
    return f'<details class="fold {kind}"><summary>{summary}</summary>\n{body}\n</details>\n'
