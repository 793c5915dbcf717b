"""Filters the Markdown pages: converts our directives, which README.md lists, to HTML.

A directive is alone on its line. The filter keeps line numbers, so that Doxygen's warnings
name the right line. A directive that fails is reported with its line.
"""
import collections.abc
import dataclasses
import functools
import pathlib
import re

import bars
import chapters
import codeblock
import diffs
import frontdoor
import newer
import paint
import sequence
import snippets
import terminal
from plan import Page, Site
from stagelib import course

RULES: list[tuple[str, collections.abc.Callable[..., str]]] = [
    (r"\\snippet\s+(\S+)(?:\s+(\S+))?", lambda s, p, *a: snippets.snippet(s.root, p.stage, *a)),
    (r"\\oneline\s+(\S+)\s+(\S.*)", lambda s, p, *a: snippets.oneline(s.root, *a)),
    (r"\\wholeprogram", lambda s, p: snippets.wholeprogram(s.root, stage_of(p))),
    (r"\\beside\{([^,}]+),([^,}]+)\}", lambda s, p, *a: snippets.beside(s.root, p.stage, *a)),
    (r"\\stagediff\{(\w+),\s*(\w+)\}", lambda s, p, *a: diffs.stagediff(s.root, s.stages, *a)),
    (r"\\transcript\{([\w/]+)\}", lambda s, p, *a: terminal.transcript(s.root, *a)),
    (r"\\sequence\{(\w+)\}", lambda s, p, *a: sequence.sequence(s.root, *a)),
    (r"\\bars\{([^{}]+)\}", lambda s, p, *a: bars.bars(s.root, *a)),
    (r"\\benchparts", lambda s, p: bars.parts(s.root)),
    (r"\\benchmachine", lambda s, p: bars.machine(s.root)),
    (r"\\differences\{(\w*)\}", lambda s, p, *a: newer.differences(s.root, *a)),
    (r"\\getit\{(\d\d)\}", lambda s, p, *a: frontdoor.getit(s, *a)),
    (r"\\stagehead", lambda s, p: chapters.stagehead(s, stage_of(p))),
    (r"\\stagemap", lambda s, p: chapters.stagemap(s)),
]
OURS = re.compile("|".join(re.match(r"\\\\\w+", pattern)[0] + r"\b" for pattern, _ in RULES))
FENCE = re.compile(r"( *)(`{3,}|~{3,})\s*(\w*)\s*")
HEADING = re.compile(r"(#{2,4} .+ \{#)([a-z0-9-]+)(\}\s*)")


def stage_of(page: Page) -> course.Stage:
    """Returns the stage that a page is about."""
    if page.stage is None:
        raise ValueError("only the page of a stage can have this")
    return page.stage


def _fence(lang: str, body: str) -> str:
    if lang == "console":
        return terminal.console(body)
    if lang and lang not in paint.LANGUAGES:
        raise ValueError(f"no language is called {lang}")
    rows = list(enumerate(paint.lines(body, lang or "text"), 1))
    return codeblock.plain(codeblock.code(rows, numbers=False), f"lang-{lang or 'text'}")


@dataclasses.dataclass
class Filter:
    """Filters the pages of a site. Collects the HTML to include and the problems."""

    site: Site
    fragments: pathlib.Path
    problems: list[str] = dataclasses.field(default_factory=list)

    def page(self, page: Page) -> str:
        """Returns the text that Doxygen reads for a page."""
        lines = page.path.read_text(encoding="utf-8").split("\n")
        out, i = [], 0
        while i < len(lines):
            if fence := FENCE.fullmatch(lines[i]):
                j = next((k for k in range(i + 1, len(lines)) if lines[k].strip() == fence[2]), None)
                if j is None:
                    self._problem(page, i, "the code block that begins here has no end")
                    j = len(lines) - 1
                body = [line.removeprefix(fence[1]) for line in lines[i + 1:j]]
                out.append(fence[1] + self._try(page, i, functools.partial(_fence, fence[3], "\n".join(body))))
                out += [""] * (j - i)
                i = j + 1
                continue
            out.append(self._line(page, i, lines[i]))
            i += 1
        return "\n".join(out)

    def _line(self, page: Page, at: int, line: str) -> str:
        if heading := HEADING.fullmatch(line):
            return f"{heading[1]}{page.prefix}-{heading[2]}{heading[3]}"
        for pattern, make in RULES:
            if match := re.fullmatch(pattern, line.strip()):
                return self._try(page, at, functools.partial(make, self.site, page, *match.groups()))
        if OURS.search(re.sub(r"`[^`]*`", "", line)):
            self._problem(page, at, f"can't be read: {line.strip()}")
        return line

    def _try(self, page: Page, at: int, make: collections.abc.Callable[[], str]) -> str:
        try:
            text = make()
        except ValueError as error:
            self._problem(page, at, str(error))
            return ""
        except Exception as error:
            raise RuntimeError(f"docs: the filter crashed at {self._where(page, at)}") from error
        name = f"{page.ident}-{at + 1}"
        (self.fragments / f"{name}.html").write_text(f"{text}<!-- {name} -->\n", encoding="utf-8")
        return f"\\htmlinclude[block] {name}.html"

    def _where(self, page: Page, at: int) -> str:
        return f"{page.path.relative_to(self.site.root).as_posix()}:{at + 1}"

    def _problem(self, page: Page, at: int, why: str) -> None:
        self.problems.append(f"{self._where(page, at)}: error: {why}")
