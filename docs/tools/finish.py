"""What is done to Doxygen's HTML: one page outline for readers, keyboards and
screen readers, the links that only Doxygen knew, and the way to the next page."""
import html
import pathlib
import re
import sys
import xml.etree.ElementTree

import searchindex
from codeblock import escape
from plan import Page, Site

# Lists that nothing links to, and what only Doxygen's own menus need.
UNUSED = ("functions*.html", "namespacemembers*.html", "globals*.html", "hierarchy.html", "classes.html", "pages.html",
          "jquery.js", "dynsections.js", "tabs.css", "*.png", "doxygen.svg")
# The folding of lists, which is no use without Doxygen's scripts, and empty things.
CLUTTER = "|".join((r'<div class="levels">.*?</div>', r'<span id="arr_[^>]*>.*?</span>', r' onclick="toggle[^"]*"', r' target="_self"',
                    r'<a [^>]*><span class="icondoc"></span></a>', r'<a class="anchor" id="md_[^>]*></a>', r"<p ?>(?=<p)"))
PERMALINK = '<a class="permalink" href="#{}" aria-label="Link to this section">#</a>'


def addresses(work: pathlib.Path, root: pathlib.Path) -> dict[str, str]:
    """Where Doxygen put the files and the directories, by their path from the root."""
    found = {}
    for compound in xml.etree.ElementTree.parse(work / "site.tag").getroot():
        name, path, file = (compound.findtext(t) or "" for t in ("name", "path", "filename"))
        if compound.get("kind") == "file":
            whole = root / path / name  # Doxygen 1.9.4 writes the whole path, 1.9.8 the one from the root
            found[whole.relative_to(root).as_posix()] = file.replace(".html", "_source.html")
    for page in (work / "html").glob("dir_*.html"):  # of these only the way to them is told
        names = re.findall(r'<li class="navelem"><a[^>]*>(.*?)</a>', page.read_text(encoding="utf-8"))
        found["/".join(names)] = page.name
    return found


def check_complete(site: Site, work: pathlib.Path) -> None:
    """A filter that fails gives Doxygen an empty file, and Doxygen does not mind: we do."""
    wrong = []
    for page in site.pages:
        file = work / "html" / page.url
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        name = page.path.relative_to(site.root).as_posix()
        if not text or html.escape(page.title) not in text.replace("&#39;", "&#x27;"):
            wrong.append(f"{name}:1: error: the filter failed: Doxygen made no page of it")
        for fragment in sorted((work / "fragments").glob(f"{page.ident}-*.html")):
            if f"<!-- {fragment.stem} -->" not in text:
                wrong.append(f"{name}:{fragment.stem.rpartition('-')[2]}: error: the filter failed: nothing of this is on the page")
    known = {site.root / (c.findtext("path") or "") / (c.findtext("name") or ""): {n.text for n in c.findall("namespace")}
             for c in xml.etree.ElementTree.parse(work / "site.tag").getroot()}
    for file in sorted((work / "filtered" / "stages").rglob("*.h")):
        path = file.relative_to(work / "filtered")
        spaces = re.findall(r"^namespace (kv::\w+) \{", file.read_text(encoding="utf-8"), re.M)
        if not known.get(site.root / path, set()).issuperset(spaces):
            wrong.append(f"{path.as_posix()}:1: error: the filter failed: the reference lacks it")
    if wrong:
        sys.exit("\n".join(wrong))


def outline(text: str, page: Page | None) -> str:
    """Gives each heading its level, its id and a link to itself."""
    text = re.sub(r'<div class="title">(.*?)</div></div>', r"<h1>\1</h1></div>", text, count=1, flags=re.S)
    if page:  # below the title Doxygen begins with h1 again
        def heading(m: re.Match[str]) -> str:
            level = min(int(m[1]) + 1, 6)
            return f'<h{level} id="{m[2]}">{m[3].strip()}{PERMALINK.format(m[2])}</h{level}>'
        return re.sub(r'<h(\d)><a class="anchor" id="([^"]+)"></a>\s*(.*?)</h\1>', heading, text, flags=re.S)
    text = re.sub(r'<a id="([^"]+)" name="[^"]+"></a>\s*<h2 class="memtitle">'
                  r'<span class="permalink"><a [^>]*>[^<]*</a></span>(.*?)</h2>',
                  lambda m: f'<h3 class="memtitle" id="{m[1]}">{m[2]}{PERMALINK.format(m[1])}</h3>', text, flags=re.S)
    group = r'<h2 class="groupheader" id="\1">\2</h2>'
    text = re.sub(r'<a name="([^"]+)" id="[^"]+"></a><h2 class="groupheader">(.*?)</h2>', group, text)
    return re.sub(r'<h2 class="groupheader"><a id="([^"]+)" name="[^"]+"></a>\s*(.*?)</h2>', group, text, flags=re.S)


def whole_flags(text: str) -> str:
    """Inline code in which no line ends within `--flag`, `-x` or `->`."""
    def whole(m: re.Match[str]) -> str:
        return "<code>" + re.sub(r"(?<!\S)--?\w+|-&gt;", r'<span class="flag">\g<0></span>', m[1]) + "</code>"
    return re.sub(r"<code>([^<>]+)</code>", whole, text)


def toc(text: str) -> str:
    """The sections of a page, for its right margin."""
    items = []
    for level, ident, title in re.findall(r'<h([23])[^>]* id="([^"]+)"[^>]*>(.*?)</h\1>', text, flags=re.S):
        title = re.sub(r"<[^>]+>", "", re.sub(r'<a class="permalink".*?</a>', "", title)).strip()
        items.append(f'<li class="l{level}"><a href="#{ident}">{title}</a></li>')
    if len(items) < 2:
        return ""
    return f'<nav class="toc" aria-label="On this page"><p>On this page</p><ul>{"".join(items)}</ul></nav>\n'


def foot(site: Site, page: Page | None) -> str:
    """Links to the page before and the page after."""
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
    margin = "" if kind == "source" else toc(text.partition("<article>")[2])
    return text.replace("<!--FOOT-->", f"{foot(site, page)}</article>\n{margin}</main>")


def tame(work: pathlib.Path) -> None:
    """Puts the style sheets that are not ours into a layer below ours, so that
    ours need not outshout them."""
    for name in ("doxygen.css", "doxygen-awesome.css"):
        file = work / "html" / name
        text = re.sub(r"\s*!important", "", file.read_text(encoding="utf-8"))
        file.write_text("@layer base {\n" + text + "\n}\n", encoding="utf-8")


def finish(site: Site, work: pathlib.Path) -> None:
    """Finishes every page of `work`/html and adds the search index."""
    check_complete(site, work)
    tame(work)
    where = addresses(work, site.root)
    wrong: list[str] = []

    def resolve(m: re.Match[str]) -> str:
        path, _, line = m[1].partition("#")
        if path not in where:
            wrong.append(f"docs: the reference has no {path}")
        return f'href="{where.get(path, "")}{"#" + line if line else ""}"'

    for pattern in UNUSED:
        for file in (work / "html").glob(pattern):
            file.unlink()
    pages = {page.url: page for page in site.pages}
    sections: list[searchindex.Section] = []
    for file in sorted((work / "html").glob("*.html")):
        page = pages.get(file.name)
        text = outline(file.read_text(encoding="utf-8"), page)
        text = re.sub(r'href="ref:([^"]+)"', resolve, text)
        text = re.sub(r"<title>gRPC by Stages: (.*?)</title>", r"<title>\1 · gRPC by Stages</title>", text)
        text = _frame(site, page, file.name, text)
        text = whole_flags(re.sub(CLUTTER, "", text))
        if 'id="nested-classes"' not in text and 'name="nested-classes"' not in text:  # private ones: not shown, yet linked
            text = re.sub(r'<a href="#nested-classes">Classes</a>( &#124;)?', "", text)
        text = re.sub(r"<p ?> ?</p>", "", text)
        nav_link = f'<li><a href="{file.name}">'
        text = text.replace(nav_link, nav_link.replace("<a ", '<a aria-current="page" '), 1)
        file.write_text(text, encoding="utf-8")
        sections += searchindex.sections(file.name, text, page is not None)
    if wrong:
        sys.exit("\n".join(wrong))
    searchindex.write(sections, work / "html" / "search-index.js")
