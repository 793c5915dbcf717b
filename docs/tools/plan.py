"""The plan of the site: its pages, their order and their headings in the sidebar."""
import dataclasses
import pathlib
import re
import tomllib

from stagelib import course

HEAD = re.compile(r"# (.+?) \{#([a-z0-9_]+)\}")


@dataclasses.dataclass(frozen=True)
class Page:
    """One Markdown page. `ident` is its name in \\ref and in its file name in the site."""

    path: pathlib.Path
    ident: str
    title: str
    stage: course.Stage | None = None

    @property
    def url(self) -> str:
        """Returns the name of its file in the site."""
        return "index.html" if self.ident == "mainpage" else f"{self.ident}.html"

    @property
    def prefix(self) -> str:
        """Returns the prefix of the IDs of its headings, for example s02 on the page of stage 02."""
        return f"s{self.stage.number}" if self.stage else self.ident


@dataclasses.dataclass(frozen=True)
class Site:
    """All pages, in the groups of the sidebar."""

    root: pathlib.Path
    stages: list[course.Stage]
    groups: list[tuple[str, list[Page]]]
    reference: dict[str, str]
    version: str = ""
    address: str = ""  # the URL of the site, ending with /; empty if unknown
    sources: str = ""  # the URL to clone the sources from; empty if unknown

    @property
    def pages(self) -> list[Page]:
        """Returns the pages in reading order."""
        return [page for _, pages in self.groups for page in pages]


def _page(root: pathlib.Path, stem: str, stage: course.Stage | None) -> Page:
    path = root / "docs" / f"{stem}.md"
    where = path.relative_to(root).as_posix()
    if not path.is_file():
        raise ValueError(f"{where}: is in the map, but there is no such page")
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    ident = f"stage{stage.number}" if stage else {"index": "mainpage"}.get(stem, stem)
    head = HEAD.fullmatch(first)
    title = head[1] if head else ""
    if head is None or head[2] != ident or (stage and title != stage.title):
        raise ValueError(f"{where}:1: the first line must be: # {stage.title if stage else 'Title'} {{#{ident}}}")
    return Page(path, ident, title, stage)


def load(root: pathlib.Path) -> Site:
    """Reads docs/site.toml and the stages. Raises ValueError with one line for each mismatch."""
    stages = course.load(root)
    plan = tomllib.loads((root / "docs" / "site.toml").read_text(encoding="utf-8"))
    groups, wrong = [], []
    for group in plan["group"]:
        wanted: list[tuple[str, course.Stage | None]] = [(stem, None) for stem in group.get("pages", [])]
        wanted += [(s.name, s) for s in stages] if group.get("stages") else []
        pages = []
        for stem, stage in wanted:
            try:
                pages.append(_page(root, stem, stage))
            except ValueError as error:
                wrong.append(str(error))
        groups.append((group["title"], pages))
    site = Site(root, stages, groups, plan["reference"])
    known = {page.path.name for page in site.pages}
    for path in sorted((root / "docs").glob("*.md")):
        if path.name not in known and not any(path.name in w for w in wrong):
            wrong.append(f"docs/{path.name}:1: the page is missing from the map: neither docs/site.toml nor stages/ has it")
    if wrong:
        raise ValueError("\n".join(wrong))
    return site
