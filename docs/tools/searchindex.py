"""The index of the full-text search: every section of every page, with its text, and every row of the error index.

It is a script, not a JSON file, because a page opened from file:// can load scripts
but not JSON.
"""
import dataclasses
import html.parser
import json
import pathlib
import re

# Lists of links and listings of code are not in the index; the pages that they link to are.
LEFT_OUT = re.compile(r"(annotated|files|namespaces|.*_source)\.html")
HEADINGS = ("h1", "h2", "h3")
SKIP_TAGS = ("script", "style", "nav", "svg", "button")
SKIP_CLASSES = {"permalink", "sr", "kicker", "definition", "whole", "foot", "carried", "mlabels",
                "memproto", "memberdecls", "groupheader", "tab", "prompt", "dots", "meta", "write"}
VOID = ("br", "img", "hr", "input", "link", "meta", "path", "rect", "circle", "wbr")


@dataclasses.dataclass
class Section:
    """A heading and the text below it, or an error message and the rest of its row."""

    url: str
    page: str
    heading: str
    kind: str  # "guide" for a page of the tutorial, "api" for one of the reference, "error" for a row of the error index
    text: str = ""


class Reader(html.parser.HTMLParser):
    """Splits the <article> of a page at its headings and at table rows that have an id."""

    def __init__(self, url: str, kind: str) -> None:
        super().__init__()
        self.url, self.kind = url, kind
        self.found: list[Section] = []
        self.open: list[tuple[str, bool]] = []  # the enclosing tags, and whether each is left out
        self.inside = False
        self.heading = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag in VOID:
            return
        self.inside = self.inside or tag == "article"
        skip = tag in SKIP_TAGS or bool(SKIP_CLASSES & set(given.get("class", "").split()))
        skip = skip or tag == "details" and "change" in given.get("class", "")
        self.open.append((tag, skip))
        if self.inside and tag == "tr" and "id" in given:
            self.found.append(Section(f"{self.url}#{given['id']}", "Error index", "", "error"))
        elif self.found and self.found[-1].kind == "error" and tag == "td" and not self.found[-1].heading:
            self.heading = tag
        elif self.inside and tag in HEADINGS and (tag == "h1" or "id" in given):
            self.heading = tag
            page = self.found[0].page if self.found else ""
            self.found.append(Section(f"{self.url}#{given['id']}" if tag != "h1" else self.url, page, "", self.kind))

    def handle_endtag(self, tag: str) -> None:
        if not any(t == tag for t, _ in self.open):
            return
        while self.open.pop()[0] != tag:
            pass
        if tag == "article":
            self.inside = False
        if tag == self.heading:
            self.heading = ""
            if len(self.found) == 1:
                self.found[0].page = self.found[0].heading
        elif self.found and tag not in ("span", "a", "code", "em", "strong"):
            self.found[-1].text += " "

    def handle_data(self, data: str) -> None:
        if not self.inside or not self.found or any(skip for _, skip in self.open):
            return
        if self.heading:
            self.found[-1].heading += data
        else:
            self.found[-1].text += data


def sections(url: str, text: str, guide: bool) -> list[Section]:
    """Returns the sections of a finished page that belong in the index."""
    if LEFT_OUT.fullmatch(url):
        return []
    reader = Reader(url, "guide" if guide else "api")
    reader.feed(text)
    for section in reader.found:
        section.text, section.heading, section.page = (" ".join(s.split()) for s in (section.text, section.heading, section.page))
        if section.kind == "error":
            section.text = re.sub(r"[ ,]*\b(More|and more)\b,?", "", section.text)
        section.text = section.text.removesuffix("message cause fix").strip()
        if section.url.endswith("#details"):  # the detailed description becomes the text of the page itself
            reader.found[0].text, section.text = section.text, ""
    return [s for s in reader.found if s.text or s.url == url or guide]


def write(found: list[Section], path: pathlib.Path) -> None:
    """Writes the index, with a row for each section. Equal text of a function in several stages is in it only once."""
    once = {(re.sub(r" · stage \d\d", "", s.page), s.heading, s.text): s for s in reversed(found)}
    rows = ",\n".join(json.dumps([s.url, s.page, s.heading, s.kind, s.text], ensure_ascii=False) for s in reversed(once.values()))
    path.write_text(f"window.searchIndex = [\n{rows}\n];\n", encoding="utf-8")
