"""Builds the site: runs the plan, the filters, Doxygen with warnings as errors, and finish, which adds the search.

    python3 docs/tools/build.py --doxygen=doxygen --awesome=DIR --lunr=FILE --out=build/docs
"""
import argparse
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import contract  # noqa: E402
import finish  # noqa: E402
import pages  # noqa: E402
import plan  # noqa: E402
import shell  # noqa: E402
import sources  # noqa: E402


def filtered(site: plan.Site, work: pathlib.Path) -> list[pathlib.Path]:
    """Writes filtered copies of the files, which Doxygen reads instead. Returns their paths."""
    (work / "fragments").mkdir(parents=True)
    page_filter = pages.Filter(site, work / "fragments")
    shown = {page.path: page_filter.page(page) for page in site.pages}
    if page_filter.problems:
        sys.exit("\n".join(page_filter.problems))
    groups, headers = sources.shown(site)
    shown |= headers | {path: contract.proto(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "proto").rglob("*.proto"))}
    for path, text in shown.items():
        to = work / "filtered" / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text, encoding="utf-8")
    groups += ["/** \\namespace kv The store and its contract, stage by stage. */",
               "/** \\namespace kv::v1 The contract of kv.proto, as C++ sees it. */"]
    (work / "groups.dox").write_text("\n".join(groups) + "\n", encoding="utf-8")
    return [*shown, work / "groups.dox"]


def doxygen(program: str, work: pathlib.Path, inputs: list[pathlib.Path],
            styles: list[pathlib.Path], files: list[pathlib.Path]) -> None:
    """Runs Doxygen. If it prints anything, ends the program with that output."""
    conf = (ROOT / "docs" / "Doxyfile.in").read_text(encoding="utf-8")
    quoted = {name: " ".join(f'"{p}"' for p in paths) for name, paths in (("STYLES", styles), ("FILES", files), ("INPUT", inputs))}
    for word, value in {"WORK": str(work), "ROOT": str(ROOT), **quoted}.items():
        conf = conf.replace(f"@{word}@", value)
    (work / "Doxyfile").write_text(conf + f"INPUT = {quoted['INPUT']}\n", encoding="utf-8")
    (work / "filtered.sh").write_text('exec cat "filtered/${1#"$SITE_ROOT"/}"\n', encoding="utf-8")
    done = subprocess.run([program, "Doxyfile"], cwd=work, env=os.environ | {"SITE_ROOT": str(ROOT)},
                          capture_output=True, text=True, check=False)
    if done.returncode or done.stderr.strip():
        sys.exit((done.stdout + done.stderr).replace(f"{ROOT}/", "").strip() + "\ndocs: Doxygen warned, see above")


def depfile(target: str, path: pathlib.Path) -> None:
    """Writes a depfile with the inputs of the site. It includes folders, so that Ninja notices new files."""
    folders = ("docs", "exercises", "stages", "proto", "tools/stagelib", "tools/benchlib", "bench/peers", "bench/servers", "tests")
    kept = [p for d in folders for p in [ROOT / d, *sorted((ROOT / d).rglob("*"))] if not {"__pycache__", "node_modules"} & {*p.parts}]
    path.write_text(f"{target}: " + " \\\n  ".join(str(p).replace(" ", "\\ ") for p in kept) + "\n", encoding="utf-8")


def main() -> None:
    """Parses the command line and runs the steps."""
    parser = argparse.ArgumentParser()
    for name in ("doxygen", "awesome", "lunr", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--depfile", type=pathlib.Path)
    parser.add_argument("--version", default="")
    parser.add_argument("--site-url", default="")
    parser.add_argument("--sources-url", default="")
    args = parser.parse_args()
    out = pathlib.Path(args.out).resolve()
    work, html = out / "site.work", out / "html"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)

    try:
        address = f"{args.site_url.rstrip('/')}/" if args.site_url else ""
        site = dataclasses.replace(plan.load(ROOT), version=args.version, address=address, sources=args.sources_url.rstrip("/"))
    except ValueError as error:
        sys.exit(str(error))
    inputs = filtered(site, work)
    shell.write(args.doxygen, site, work)
    theme = ROOT / "docs" / "theme"
    doxygen(args.doxygen, work, inputs,
            [pathlib.Path(args.awesome) / "doxygen-awesome.css", theme / "site.css", theme / "code.css"],
            [theme / "site.js", theme / "search.js", theme / "find.js", theme / "favicon.svg", pathlib.Path(args.lunr),
             *sorted((theme / "fonts").glob("*"))])
    finish.finish(site, work)
    shutil.copy(ROOT / "LICENSE", work / "html" / "LICENSE.txt")
    shutil.rmtree(html, ignore_errors=True)  # only now, so that a failed build keeps the last good site
    (work / "html").rename(html)
    if args.depfile:
        depfile(f"{pathlib.Path(args.out).name}/html", args.depfile)
    os.utime(html)


if __name__ == "__main__":
    main()
