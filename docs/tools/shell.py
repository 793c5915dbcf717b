"""Makes the frame of every page: takes the header and footer of the installed Doxygen and adds
our bar, sidebar and scripts, so that the repository needs no copy of Doxygen's files."""
import pathlib
import re
import subprocess
import sys

from codeblock import escape
from plan import Site

# Runs before the first paint, so that a dark page does not flash white.
EARLY = """<script>
try { var theme = localStorage.getItem("theme"); } catch (e) {}
document.documentElement.classList.add((theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) + "-mode", "js");
</script>
"""
HEAD = """<link rel="icon" href="$relpath^favicon.svg" type="image/svg+xml"/>
<script defer src="$relpath^site.js"></script>
<script defer src="$relpath^search.js"></script>
</head>
"""
ICONS = {
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
}
LOGO = ('<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><rect x="3" y="20" width="7" height="9" rx="2"/>'
        '<rect x="12.5" y="12" width="7" height="17" rx="2"/><rect x="22" y="3" width="7" height="26" rx="2"/></svg>')


def icon(name: str) -> str:
    """Returns an icon of 24 × 24 pixels as SVG."""
    return f'<svg class="ico i-{name}" viewBox="0 0 24 24" aria-hidden="true">{ICONS[name]}</svg>'


def sidebar(site: Site) -> str:
    """Returns the list of all pages in their groups. finish.py marks the current page."""
    out = []
    for place, (group, pages) in enumerate(site.groups):
        items = []
        for page in pages:
            number = f'<span class="n">{page.stage.number}</span>' if page.stage else ""
            title = "Welcome" if page.ident == "mainpage" else page.title
            items.append(f'<li><a href="$relpath^{page.url}">{number}{escape(title)}</a></li>')
        out.append(f'<h2 id="nav-{place}">{escape(group)}</h2><ul aria-labelledby="nav-{place}">{"".join(items)}</ul>')
    links = "".join(f'<li><a href="$relpath^{url}">{escape(name)}</a></li>' for url, name in site.reference.items())
    out.append(f'<h2 id="nav-ref">Reference</h2><ul aria-labelledby="nav-ref">{links}</ul>')
    return "\n".join(out)


def _bar() -> str:
    return f"""<a class="skip" href="#main">Skip to the content</a>
<header class="bar">
<button class="plain menu" type="button" aria-expanded="false" aria-controls="sidebar" aria-label="Chapters">{icon("menu")}{icon("close")}</button>
<a class="brand" href="$relpath^index.html">{LOGO}<span>gRPC <span class="by">by</span> Stages</span></a>
<button class="search" type="button" aria-haspopup="dialog" aria-label="Search">{icon("search")}<span>Search</span><kbd>/</kbd></button>
<button class="plain theme" type="button" aria-label="Dark colours">{icon("moon")}{icon("sun")}</button>
</header>
<div class="frame">
"""


def _about(site: Site) -> str:
    """Returns the last line of each page: version, license and sources."""
    sources = site.sources or "$relpath^files.html"
    return (f'<footer class="about"><span>gRPC by Stages {escape(site.version)}</span> <a href="$relpath^LICENSE.txt">Apache-2.0</a> '
            f'<a href="{escape(sources)}">Sources</a></footer>\n')


def write(doxygen: str, site: Site, work: pathlib.Path) -> None:
    """Writes header.html and footer.html to `work`."""
    header, footer = work / "header.html", work / "footer.html"
    subprocess.run([doxygen, "-w", "html", header, footer, work / "unused.css"], check=True, stdout=subprocess.DEVNULL)
    text = header.read_text(encoding="utf-8")
    nav = f'<nav class="sidebar" id="sidebar" aria-label="Chapters">\n{sidebar(site)}\n</nav>\n'
    for pattern, new in ((r'xmlns="http://www.w3.org/1999/xhtml"[^>]*>', 'xmlns="http://www.w3.org/1999/xhtml" lang="en">'),
                         (r"<head>", "<head>\n" + EARLY), (r"</head>\n", HEAD), (r"<body>\n", "<body>\n" + _bar() + nav),
                         (r'<link href="[^"]*tabs.css"[^>]*>\n', ""),
                         (r'<script[^>]*jquery.js"></script>\n<script[^>]*dynsections.js"></script>\n', ""),
                         (r"<!--BEGIN TITLEAREA-->.*?<!--END TITLEAREA-->", "")):
        text, count = re.subn(pattern, lambda _: new, text, count=1, flags=re.S)
        if not count:
            sys.exit(f"docs: this Doxygen's header has no {pattern}")
    header.write_text(text, encoding="utf-8")
    footer.write_text(f'<!--FOOT-->\n</div>\n{_about(site)}</body>\n</html>\n', encoding="utf-8")
