"""Breaks the site, one thing at a time, and sees that the build fails with the right words.

    break_it.py --doxygen=… --awesome=… --lunr=…
"""
import concurrent.futures
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What is done: file, old text (none: all of it), new text (none: the file is
# removed); and the words that the build must then say.
BREAKS: dict[str, tuple[str, str, str | None, str]] = {
    "nothing": ("docs/index.md", "", "", ""),
    "a snippet marker removed": ("stages/02_sync_server/service/unary.cc", "// [get]\n", "",
                                 "docs/02_sync_server.md:{\\snippet stages/02_sync_server/service/unary.cc get}: error: service.cc has 0 comment lines [get]"),
    "a stage file changed without its reason": ("stages/03_client_stub/store/store.h", "in memory", "in some memory",
                                                "stages/03_client_stub/stage.toml: error: stage.toml gives no reason for store.h under [changes]"),
    "a hunk without its sentence": ("stages/03_client_stub/meson.build", "# The library holds", "# A new line.\n\n\n\n\n\n\n\n\n# The library holds",
                                    "hunks, but stage.toml has 1 sentences"),
    "a link target renamed": ("docs/01_contract.md", "{#whole}", "{#everything}", "unable to resolve reference to 's01-whole'"),
    "a symbol renamed": ("docs/02_sync_server.md", "## The program {#program}", "## The program {#program}\n\n\\ref kv::stage02::Stor\n",
                         "unable to resolve reference to 'kv::stage02::Stor'"),
    "a page missing from the map": ("docs/site.toml", '"glossary"', "", "docs/glossary.md:1: the page is missing from the map"),
    "a page of the map removed": ("docs/glossary.md", "", None, "docs/glossary.md: is in the map, but there is no such page"),
    "the page of a stage removed": ("docs/02_sync_server.md", "", None, "docs/02_sync_server.md: is in the map"),
    "a page with another title": ("docs/02_sync_server.md", "# A sync server", "# A server", "docs/02_sync_server.md:1: the first line must be: # A sync server {#stage02}"),
    "a filter that crashes": ("docs/tools/sequence.py", "def svg(", "def svg(*_: object) -> str:\n    raise RuntimeError\n\n\ndef unused(",
                              "docs: the filter crashed at docs/01_contract.md:{\\sequence{contract}}"),
    "a filter that gives nothing": ("docs/tools/build.py", "'exec cat ", "'exit 1; cat ", "error: the filter failed"),
    "a session named wrongly": ("docs/02_sync_server.md", "/first_calls}", "/first_call}",
                                "docs/02_sync_server.md:{\\transcript{02_sync_server/first_call}}: error: there is no session"),
    "a directive written wrongly": ("docs/02_sync_server.md", "\\transcript{02_sync_server/mistakes}", "\\transcript 02_sync_server/mistakes",
                                    "docs/02_sync_server.md:{\\transcript 02}: error: can't be read"),
    "a diagram with an unknown actor": ("docs/diagrams/unary.seq", "Client -> Server", "Clint -> Server", "unary.seq:4: no actor is called Clint"),
    "a proto field without a comment": ("proto/kv/v1/kv.proto", "  // The key to look up, 1 to 512 bytes.\n", "", "Member key (variable) of struct kv::v1::GetRequest is not documented"),
    "a parameter without a comment": ("stages/01_contract/wire.h", "/// @param bytes any bytes.\n", "", "parameters of member kv::stage01::Hex are not documented"),
    "a function without a comment": ("stages/01_contract/versions.h", "  /// @return an empty message of that type; must not outlive this object.\n", "",
                                     "Member NewMessage() const (function) of class kv::stage01::Version is not documented"),
    "a class without a comment": ("stages/01_contract/versions.h", "/// A message type known only by its text. Not thread-safe.\n", "", "Version is not documented"),
}

# What Doxygen tells, it tells all at once; and a whole run of it takes a while.
TOGETHER = tuple(name for name, (*_, words) in BREAKS.items() if "not documented" in words or "unable to resolve" in words)


def expected(words: str, tree: pathlib.Path) -> str:
    """Puts the number of a page's line for what stands in {}."""
    start, brace, rest = words.partition(":{")
    if not brace:
        return words
    wanted, _, end = rest.rpartition("}")
    page = tree / start.split()[-1]
    number = next(n for n, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1) if line.startswith(wanted))
    return f"{start}:{number}{end}"


def broken(tree: pathlib.Path, name: str) -> None:
    """Breaks one thing in a copy."""
    file, old, new, _ = BREAKS[name]
    path = tree / file
    text = path.read_text(encoding="utf-8")
    if new is None:
        path.unlink()
    elif old not in text:
        raise ValueError(f"{name}: {file} has no {old!r}: the test needs another")
    else:
        path.write_text(text.replace(old, new) if old else text, encoding="utf-8")


def attempt(names: tuple[str, ...], options: list[str]) -> list[str]:
    """Breaks things in a copy of their own; those of which the build does not say so."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        for part in ("docs", "stages", "proto", "tools/stagelib", "tools/benchlib", "bench", "tests"):
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "judge"))
        for name in names:
            broken(tree, name)
        done = subprocess.run([sys.executable, "-B", tree / "docs/tools/build.py", *options, f"--out={folder}/out"],
                              capture_output=True, text=True, check=False, timeout=120)
        said = done.stdout + done.stderr
        whole = done.returncode == 0 and (pathlib.Path(folder) / "out/html/index.html").is_file()
        if whole != (names == ("nothing",)):
            return [f"{', '.join(names)}: the build {'does not fail' if whole else f'fails: {said}'}"]
        right = {name: expected(BREAKS[name][3], tree) for name in names}
        return [f"{name}: the build does not say: {words}\nbut:\n{said}" for name, words in right.items() if words not in said]


def main() -> int:
    """Goes through the breaks; 1 if one is not noticed."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        apart = [(name,) for name in BREAKS if name not in TOGETHER]
        bad = [b for found in pool.map(lambda names: attempt(names, sys.argv[1:]), [TOGETHER, *apart]) for b in found]
    print("\n".join(bad) or f"{len(BREAKS) - 1} things broken, each noticed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
