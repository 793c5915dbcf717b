"""Checks a built site without a network: check_links.py HTML_DIR

Every link must lead to a file of the site and every #anchor to an ID of its page.
No ID may occur twice on a page, no page may be empty, and no page may load a script,
style, font or picture from another host.
"""
import html.parser
import pathlib
import re
import sys
import urllib.parse

AWAY = re.compile(r"(?:https?:)?//", re.I)
OTHER = ("mailto:", "data:", "javascript:")


class Page(html.parser.HTMLParser):
    """Collects the IDs and the links of one page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.size = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        for ident in {given.get("id", ""), given.get("name", "") if tag == "a" else ""} - {""}:
            if ident in self.ids:
                self.twice.add(ident)
            self.ids.add(ident)
        for key in ("href", "src", "data", "poster", "srcset", "action"):
            if key in given and given.get("rel") != "canonical":  # the canonical link is the site's own address and loads nothing
                (self.links if tag == "a" else self.loads).append(given[key])

    def handle_data(self, data: str) -> None:
        self.size += len(data.strip())


def check(root: pathlib.Path) -> list[str]:
    """Returns complaints about the site."""
    pages = {file: Page(file.read_text(encoding="utf-8")) for file in sorted(root.rglob("*.html"))}
    bad = [] if root / "index.html" in pages else ["there is no index.html"]
    for file, page in pages.items():
        name = file.relative_to(root).as_posix()
        bad += [f"{name}: id {ident} is there twice" for ident in sorted(page.twice)]
        bad += [f"{name}: is empty"] if page.size < 200 else []
        bad += [f"{name}: loads {url} from another host" for url in page.loads if AWAY.match(url)]
        for url in page.links + page.loads:
            if AWAY.match(url) or url.startswith(OTHER):
                continue
            path, _, anchor = url.partition("#")
            target = (file.parent / urllib.parse.unquote(path)).resolve() if path else file
            if not target.is_file():
                bad.append(f"{name}: there is no {url or 'address in a link'}")
            elif anchor and target in pages and urllib.parse.unquote(anchor) not in pages[target].ids:
                bad.append(f"{name}: there is no anchor {url}")
    for sheet in sorted(root.rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
        for url in re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text):
            address = url[0] or url[1]
            if AWAY.match(address):
                bad.append(f"{sheet.name}: loads {address} from another host")
    return bad


def main() -> int:
    """Prints what is wrong. Returns 1 if anything is."""
    root = pathlib.Path(sys.argv[1]).resolve()
    bad = check(root)
    print("\n".join(bad) or f"{len(list(root.rglob('*.html')))} pages: every link holds")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
