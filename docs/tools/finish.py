"""Finishes Doxygen's HTML: gives each page an outline for keyboards and screen readers,
resolves the links whose targets only Doxygen knows, and links to the next page."""
import html
import pathlib
import re
import shutil
import sys
import xml.etree.ElementTree

import metadata
import searchindex
from codeblock import escape
from plan import Page, Site

# Lists that no page links to, and files that only Doxygen's own menus need.
UNUSED = ("functions*.html", "namespacemembers*.html", "globals*.html", "hierarchy.html", "classes.html", "pages.html", "dir_*.html",
          "*-members.html", "*_8cc.html", "jquery.js", "dynsections.js", "tabs.css", "*.png", "doxygen.svg")
# Controls to fold lists, which need Doxygen's scripts, and empty elements.
CLUTTER = "|".join((r'<div class="(?:levels|summary)">.*?</div>', r'<span id="arr_[^>]*>.*?</span>', r' onclick="toggle[^"]*"', ' style="display:none;"', r' target="_self"',
                    r'<a href="[^"]*_8cc.html">Go to [^<]*</a>',
                    r'<table class="memberdecls">\n<tr class="heading">.{0,60} id="namespaces">Namespaces</h2></td></tr>\n<tr class="memitem:namespacekv">.*?</table>',
                    r'<tr class="(?:inherit_header|\S+ inherit) .*?</tr>\n?',
                    r'<a [^>]*><span class="icondoc"></span></a>', r'<a class="anchor" id="md_[^>]*></a>', r"<p ?>(?=<p)"))
REWORDED = (
    (r"kv::stage\d\d::", "kv::"), (r"kv::stage(\d\d)", r"kv · stage \1"), (r">stage(\d\d)<", r">stage \1<"),
    (r"Here (?:is|are) [^<]* brief descriptions:", "Each is listed in the stage where it is new or changed."),
    # Links to pages that do not exist, and links of names in code, which can lead to the wrong stage.
    (r'<a class="(?:el" href="dir_|code hl_(?:function|namespace)")[^>]*>(.*?)</a>', r"\1"),
)
PERMALINK = '<a class="permalink" href="#{}" aria-label="Link to this section">#</a>'


def addresses(site: Site, work: pathlib.Path) -> dict[str, str]:
    """Returns the page with the source of each file, keyed by the file's path from the root. The
    page of an unchanged file is that of the stage that last added or changed it."""
    found, latest = {}, {}
    for file in xml.etree.ElementTree.parse(work / "site.tag").iterfind("compound[@kind='file']"):
        name, path, url = (file.findtext(t) or "" for t in ("name", "path", "filename"))
        whole = site.root / path / name  # Doxygen 1.9.4 writes absolute paths, 1.9.8 paths from the root
        found[whole.relative_to(site.root).as_posix()] = url.replace(".html", "_source.html")
    for stage in site.stages:
        for name in stage.files():
            path = f"stages/{stage.name}/{name}"
            latest[name] = found[path] = found.get(path) or latest.get(name, "")
    return found


def subject(text: str, where: dict[str, str]) -> str:
    """Replaces Doxygen's `kv::stage04` on a page of the reference by names that readers know: `kv::Store · stage 04` in
    the title and `kv` elsewhere. Also links the files that it includes."""
    title = re.search(r"<title>gRPC by Stages: (.*?)(?: (?:\w+|\w+ Template) Reference| Source File)?</title>", text)[1]
    stage, names = "/".join(title.split("/")[:2]), {url: path.split("/", 2)[2] for path, url in where.items()}

    def include(m: re.Match[str]) -> str:
        url = where.get(f"{stage}/{m[2]}") or m[1]
        return f'#include &quot;<a class="code" href="{url}">{names.get(url, m[2])}</a>' if url else m[0]

    title = re.sub(r"^(kv)::stage(\d\d)(.*)|^stages/(\d\d)_\w+/(.*)", lambda m: f"{m[1] or m[5]}{m[3] or ''} · stage {m[2] or m[4]}", title)
    text = re.sub(r'#include &quot;(?:<a [^>]*href="([^"]+)">)?([\w./]+)(?:</a>)?', include, text)
    for pattern, new in ((r"(<title>gRPC by Stages: |<h1>)[^<]*", rf"\g<1>{title}"), *REWORDED):
        text = re.sub(pattern, new, text)
    return text


def outline(text: str, page: Page | None) -> str:
    """Gives each heading its level, its ID and a link to itself."""
    text = re.sub(r'<div class="title">(.*?)</div></div>', r"<h1>\1</h1></div>", text, count=1, flags=re.S)
    if page:  # Doxygen starts again with h1 below the title
        def heading(m: re.Match[str]) -> str:
            level = min(int(m[1]) + 1, 6)
            return f'<h{level} id="{m[2]}">{m[3].strip()}{PERMALINK.format(m[2])}</h{level}>'
        return re.sub(r'<h(\d)><a class="anchor" id="([^"]+)"></a>\s*(.*?)</h\1>', heading, text, flags=re.S)
    text = re.sub(r'<a id="([^"]+)" name="[^"]+"></a>\s*<h2 class="memtitle">'
                  r'<span class="permalink"><a [^>]*>[^<]*</a></span>(.*?)</h2>',
                  lambda m: f'<h3 class="memtitle" id="{m[1]}">{m[2]}{PERMALINK.format(m[1])}</h3>', text, flags=re.S)
    return re.sub(r'(?:<a name="([^"]+)" id="[^"]+"></a>)?<h2 class="groupheader">(?:<a id="([^"]+)" name="[^"]+"></a>)?\s*(.*?)</h2>',
                  lambda m: f'<h2 class="groupheader" id="{m[1] or m[2]}">{m[3]}</h2>' if m[1] or m[2] else m[0], text, flags=re.S)


def error_rows(text: str) -> str:
    """Gives each row of the error index an ID from the first words of its message, so that the search can link to it."""
    given: set[str] = set()

    def row(m: re.Match[str]) -> str:
        said = html.unescape(re.sub(r"<[^>]+>", "", m[2]))
        ident = "error-" + "-".join(re.findall(r"[a-z0-9]+", said.lower())[:8])
        while ident in given:
            ident += "-more"
        given.add(ident)
        return f'{m[1]} id="{ident}">{m[2]}'

    def table(m: re.Match[str]) -> str:
        return re.sub(r'(<tr class="markdownTableRow\w+")>(\s*<td\b.*?</td>)', row, m[0], flags=re.S)

    return re.sub(r'<table class="markdownTable">\s*<tr [^>]*>\s*<th [^>]*>message\b.*?</table>', table, text, flags=re.S)


def whole_flags(text: str) -> str:
    """Prevents line breaks within `--flag`, `-x` and `->` in inline code."""
    def whole(m: re.Match[str]) -> str:
        return "<code>" + re.sub(r"(?<!\S)--?\w+|-&gt;", r'<span class="flag">\g<0></span>', m[1]) + "</code>"
    return re.sub(r"<code>([^<>]+)</code>", whole, text)


def toc(text: str) -> str:
    """Returns the table of contents of a page, for its right margin."""
    items = []
    for level, ident, title in re.findall(r'<h([23])[^>]* id="([^"]+)"[^>]*>(.*?)</h\1>', text, flags=re.S):
        title = re.sub(r"<[^>]+>", "", re.sub(r'<a class="permalink".*?</a>', "", title)).strip()
        items.append(f'<li class="l{level}"><a href="#{ident}">{title}</a></li>')
    if len(items) < 2:
        return ""
    return f'<nav class="toc" aria-label="On this page"><p>On this page</p><ul>{"".join(items)}</ul></nav>\n'


def foot(site: Site, page: Page | None) -> str:
    """Returns links to the previous and the next page."""
    if page is None:
        return ""
    place, cells = site.pages.index(page), []
    for say, css, other in (("Previous", "prev", place - 1), ("Next", "next", place + 1)):
        if 0 <= other < len(site.pages):
            to = site.pages[other]
            number = f"{to.stage.number} · " if to.stage else ""
            title = "Welcome" if to.ident == "mainpage" else to.title
            cells.append(f'<a class="{css}" rel="{css}" href="{to.url}"><span>{say}</span>{number}{escape(title)}</a>')
    return f'<nav class="turn" aria-label="Previous and next page">{"".join(cells)}</nav>\n'


def _frame(site: Site, page: Page | None, name: str, text: str) -> str:
    crumbs = re.search(r'<div id="nav-path".*?(<ul>.*?</ul>)', text, flags=re.S)
    path = f'<nav class="crumbs" aria-label="Where this is">{crumbs[1]}</nav>' if crumbs else ""
    kind = "landing" if name == "index.html" else "tutorial" if page else "source" if name.endswith("_source.html") else "reference"
    group = next((title for title, pages in site.groups if page in pages), "Reference")
    kicker = f"Stage {page.stage.number}" if page and page.stage else group
    head = f'<main id="main" class="{kind}" tabindex="-1">\n<article>\n<p class="kicker">{kicker}</p>{path}'
    text = re.sub(r'<div id="top">.*?</div><!-- top -->', lambda _: head, text, count=1, flags=re.S)
    margin = "" if kind in ("source", "landing") else toc(text.partition("<article>")[2])
    return text.replace("<!--FOOT-->", f"{foot(site, page)}</article>\n{margin}</main>")


def tame(work: pathlib.Path) -> None:
    """Moves foreign style sheets into a cascade layer below ours, so that our rules
    win without higher specificity."""
    for name in ("doxygen.css", "doxygen-awesome.css"):
        file = work / "html" / name
        text = re.sub(r"\s*!important", "", file.read_text(encoding="utf-8"))
        file.write_text("@layer base {\n" + text + "\n}\n", encoding="utf-8")


def finish(site: Site, work: pathlib.Path) -> None:
    """Finishes every page of `work`/html and adds the search index."""
    tame(work)
    where = addresses(site, work)
    wrong: list[str] = []

    def resolve(m: re.Match[str]) -> str:
        path, _, line = m[1].partition("#")
        if not where.get(path):
            wrong.append(f"docs: the reference has no {path}")
        return f'href="{where.get(path, "")}{"#" + line if line else ""}"'

    for pattern in UNUSED:
        for file in (work / "html").glob(pattern):
            file.unlink()
    pages = {page.url: page for page in site.pages}
    sections: list[searchindex.Section] = []
    for file in sorted((work / "html").glob("*.html")):
        page = pages.get(file.name)
        text = file.read_text(encoding="utf-8")
        if page:  # Doxygen omits fragments without a warning
            lost = [f.stem for f in (work / "fragments").glob(f"{page.ident}-*.html") if f"<!-- {f.stem} -->" not in text]
            wrong += [f"{page.path.relative_to(site.root)}:{stem.rpartition('-')[2]}: error: nothing of this is on the page" for stem in lost]
        text = re.sub(CLUTTER, "", outline(text, page), flags=re.S)
        text = re.sub(r'href="ref:([^"]+)"', resolve, text).replace("_8cc.html", "_8cc_source.html")
        text = (error_rows(text) if page.ident == "errors" else text) if page else subject(text, where)
        text = re.sub(r"<title>gRPC by Stages: (.*?)</title>", r"<title>\1 · gRPC by Stages</title>", text)
        text = re.sub(r"<p ?> ?</p>", "", whole_flags(_frame(site, page, file.name, text)))
        nav_link = f'<li><a href="{file.name}">'
        text = text.replace(nav_link, nav_link.replace("<a ", '<a aria-current="page" '), 1)
        text = text.replace("</head>", metadata.head(site, page, file.name, text) + "</head>", 1)
        file.write_text(text, encoding="utf-8")
        sections += searchindex.sections(file.name, text, page is not None)
    if wrong:
        sys.exit("\n".join(wrong))
    searchindex.write(sections, work / "html" / "search-index.js")
    if site.address:
        shutil.copy(site.root / "docs/pictures" / metadata.CARD, work / "html")
        names = [file.name for file in sorted((work / "html").glob("*.html"))]
        (work / "html" / "sitemap.xml").write_text(metadata.sitemap(site, names), encoding="utf-8")
