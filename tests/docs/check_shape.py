"""Checks that the pages are complete: check_shape.py HTML_DIR

The page of a stage has all required sections, in order, and a folded diff to the stage
before. It shows no part that the learner writes unless the reader opens it. Some page shows
each session in tests/. The page about other languages names all that the judge relies on. The
map on the landing page has every stage. The reference has each class once for each stage that
adds or changes it. Each page describes itself to search engines.
"""
import collections
import dataclasses
import html
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "docs/tools")]
import metadata  # noqa: E402
import plan  # noqa: E402
from stagelib import course, workspace  # noqa: E402

SHAPE = ["why", "picture", "program", "run", "changed", "python", "wrong", "try", "whole"]


def shape(text: str, number: str) -> str:
    """Returns a complaint about the sections of a stage's page, or an empty string."""
    found = [s for s in re.findall(rf'<h2 id="s{number}-([\w-]+)"', text) if s in SHAPE]
    if found == SHAPE:
        return ""
    lacking = [s for s in SHAPE if s not in found]
    return f"lacks the section {', '.join(lacking)}" if lacking else f"has its sections in another order: {', '.join(found)}"


def given_away(text: str, stage: course.Stage) -> list[str]:
    """Returns the parts that the learner writes of which the stage's page shows more than a third without a click, and
    those that are not folded in the section to which the hints lead. Lines that the learner's files have from the start
    do not count, nor do short ones."""
    sections = dict(re.findall(rf'<h[23] id="s{stage.number}-([\w-]+)"(.*?)(?=<h[23] )', text, flags=re.S))
    while (closed := re.sub(r"<details(?:(?!<details).)*?</details>", "", text, flags=re.S)) != text:
        text = closed  # the innermost folds first
    code = "".join(re.findall(r"<pre.*?</pre>", text, flags=re.S))
    shown = {html.unescape(re.sub(r"<[^>]+>", "", line)).strip() for line in code.splitlines()}
    holes = exercise.hole if (exercise := workspace.exercise(stage)) else []
    skeleton = workspace.skeleton(stage, holes)
    bad = []
    for hole in holes:
        part = stage.files()[hole.file].read_text(encoding="utf-8").split(f"// [{hole.region}]\n")[1]
        secret = {line.strip() for line in part.splitlines() if len(line.strip()) > 24} - {line.strip() for line in skeleton[hole.file].splitlines()}
        if 3 * len(secret & shown) > len(secret):
            bad.append(f"shows what the learner writes, {hole.region} in {hole.file}: {min(secret & shown)}")
        if f'<details class="fold yours"><summary><span class="file">stages/{stage.name}/{hole.file}<' not in sections.get(hole.see, ""):
            bad.append(f"{hole.see} does not have {hole.region} of {hole.file}, folded")
    return bad


def unlisted(text: str) -> list[str]:
    """Returns what the judge relies on, besides the contract, and the page about other languages does not name."""
    code = "".join(path.read_text(encoding="utf-8") for folder in ("questions", "talk", "tasks") for path in (ROOT / "tests/judge" / folder).rglob("*.cc")
                   if path.name != "etcd_talk.cc")  # the judge starts etcd itself
    texts = {*re.findall(r'"(--[a-z_]+)', code), "READY", "Invalid signature", "kv-revision", "token"} - {"--no_such_flag"}
    return sorted(f"does not name {word}" for word in texts if word not in code or not re.search(rf"{word}\b", re.sub(r"<[^>]+>", "", text)))


def reference(pages: dict[str, str], index: str) -> list[str]:
    """Returns complaints about the reference: classes that are missing or occur too often, unchanged files without
    a link to the stage that last changed them, and words that the search finds twice."""
    bad, before, homes = [], {}, {}
    titles = {name: m[1] for name, text in pages.items() if (m := re.search(r"<title>(.*) · gRPC by Stages</title>", text))}
    classes = collections.Counter(title for title in titles.values() if re.fullmatch(r"kv::\w+ · stage \d\d", title))
    for stage in course.load(ROOT):
        files = {name: path.read_text(encoding="utf-8") for name, path in stage.files().items() if path.suffix in (".h", ".cc")}
        for name, text in files.items():
            if before.get(name) != text:
                homes[name] = f"{name} · stage {stage.number}"
                if name.endswith(".h"):
                    classes.subtract(f"kv::{c} · stage {stage.number}" for c in re.findall(r"^(?:class|struct) (\w+)(?!.*;)", text, re.M))
            link = re.search(rf'href="([^"#]+)[^"]*">stages/{stage.name}/{re.escape(name)} in the reference<', pages.get(f"stage{stage.number}.html", ""))
            if link is None or titles.get(link[1]) != homes[name]:
                bad.append(f"stage{stage.number}.html: {name} does not lead to {homes[name]}, but to {link and titles.get(link[1])}")
        before = files
    bad += [f"the reference has {title} {count:+d} times" for title, count in classes.items() if count]
    rows = json.loads("[" + index.partition("[")[2].rpartition("]")[0] + "]")
    said = collections.Counter((re.sub(r" · stage \d\d", "", page), heading, text) for _, page, heading, kind, text in rows if kind == "api")
    bad += [f"the search finds {page}, {heading} {count} times" for (page, heading, _), count in said.items() if count > 1]
    return bad + [f"{name}: says {m[0]}" for name, text in pages.items() if (m := re.search(r"kv::stage\d\d|stage\d\d::", text))]


def told(pages: dict[str, str]) -> list[str]:
    """Returns complaints about the pages' metadata for search engines and link previews, and about their last lines."""
    bad, before = [], {}
    for name, text in sorted(pages.items()):
        said = re.findall(r'<meta (?:name|property)="(description|og:title|og:description)" content="([^"]+)"/>', text)
        if [key for key, _ in said] != ["description", "og:title", "og:description"]:
            bad.append(f"{name}: has {[key for key, _ in said]}, not one description and one card")
            continue
        about = said[0][1]
        if not 30 <= len(about) <= metadata.LONGEST + 20:
            bad.append(f"{name}: is described in {len(about)} characters: {about}")
        if other := before.setdefault(about, name) != name and before[about]:
            bad.append(f"{name}: has the description of {other}: {about}")
        if not re.search(r'<footer class="about"><span>gRPC by Stages \d+\.\d+\.\d+</span> <a href="LICENSE.txt">Apache-2.0</a> <a href="[^"]+">Sources</a>', text):
            bad.append(f"{name}: does not end with version, licence and sources")
    return bad


def addresses(site: pathlib.Path, index: str) -> list[str]:
    """Returns complaints about absolute URLs: all must exist if the site's URL is known, and none if it is not."""
    bad = []
    if re.search(r'rel="canonical"|og:url|og:image|twitter:card', index) and not (site / "sitemap.xml").is_file():
        bad.append("index.html: has absolute addresses, but there is no sitemap.xml")
    known = dataclasses.replace(plan.load(ROOT), address="https://example.org/kv/")
    page = next(p for p in known.pages if p.ident == "stage02")
    head = metadata.head(known, page, "stage02.html", "<title>T · gRPC by Stages</title><article>")
    for wanted in ('<link rel="canonical" href="https://example.org/kv/stage02.html"/>', '<meta property="og:url" content="https://example.org/kv/stage02.html"/>',
                   '<meta property="og:image" content="https://example.org/kv/card.png"/>', '<meta name="twitter:card" content="summary_large_image"/>'):
        if wanted not in head:
            bad.append(f"with an address, the head of a page lacks {wanted}")
    found = re.findall(r"<loc>(.*?)</loc>", metadata.sitemap(known, ["index.html", "stage02.html", "main_8cc_source.html"]))
    if found != ["https://example.org/kv/", "https://example.org/kv/stage02.html"]:
        bad.append(f"with an address, sitemap.xml has {found}")
    title = next(p for p in known.pages if p.ident == "mainpage").title
    if f"<span>{title}</span>" not in (ROOT / "docs/tools/pictures.js").read_text(encoding="utf-8"):
        bad.append(f"docs/tools/pictures.js: the card does not say {title}")
    if (card := (ROOT / "docs/pictures" / metadata.CARD).read_bytes()[16:24]) != (1200).to_bytes(4, "big") + (630).to_bytes(4, "big"):
        bad.append(f"docs/pictures/{metadata.CARD} is not 1200 × 630: {card.hex()}")
    return bad


def main() -> int:
    """Prints what is wrong. Returns 1 if anything is."""
    site, bad = pathlib.Path(sys.argv[1]), []
    pages = {p.name: p.read_text(encoding="utf-8") for p in site.glob("*.html")}
    shown = {name for text in pages.values() for name in re.findall(r'data-session="([^"]+)"', text)}
    for stage in course.load(ROOT):
        page = f"stage{stage.number}.html"
        if wrong := shape(pages.get(page, ""), stage.number):
            bad.append(f"{page}: {wrong}")
        if stage.builds_on and pages.get(page, "").count('<details class="fold stagediff"><summary>') != 1:
            bad.append(f"{page}: does not show the difference to {stage.builds_on} folded, once")
        bad += [f"{page}: {wrong}" for wrong in given_away(pages.get(page, ""), stage)]
        if f'class="card" href="{page}"' not in pages.get("index.html", ""):
            bad.append(f"index.html: the map has no {stage.name}")
    bad += [f"other_languages.html: {wrong}" for wrong in unlisted(pages.get("other_languages.html", ""))]
    bad += told(pages) + addresses(site, pages.get("index.html", ""))
    bad += reference(pages, (site / "search-index.js").read_text(encoding="utf-8"))
    sessions = {f"{path.parents[1].name}/{path.stem}" for path in ROOT.glob("tests/*/sessions/*.session")}
    bad += [f"no page shows the session {name}" for name in sorted(sessions - shown)]
    bad += [f"a page shows the session {name}, which is not there" for name in sorted(shown - sessions)]
    for name, text in sorted(pages.items()):  # Doxygen leaves some Markdown unconverted without a warning
        if left := re.search(r"@section|\\ref |\\ilinebr|(?<!char )(?<!char</span> )\*\*\w", re.sub(r"<pre.*?</pre>", "", text, flags=re.S)):
            bad.append(f"{name}: {left[0]} is left in the text, is a ` or a \" open before it?")
    print("\n".join(bad) or "every page has its shape, every session its page")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
