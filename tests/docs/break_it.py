"""Breaks the site in several ways and tests that the build fails with the right messages.

    break_it.py --doxygen=… --awesome=… --lunr=…
"""
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = "stages/01_*/**/wire.h"
NAMESPACE = r"namespace kv \{\n"

# Each entry has a file, a pattern (empty: the whole file), the new text (None: remove the file), and
# words that the build must print, or must not print after "!". The breaks of one group are made
# together, because one build reports all of them and each run of Doxygen takes long.
BREAKS: list[dict[str, tuple[str, str, str | None, str]]] = [{
    "a page missing from the map": ("docs/site.toml", '"glossary"', "", "docs/glossary.md:1: the page is missing from the map"),
    "a page of the map removed": ("docs/errors.md", "", None, "docs/errors.md: is in the map, but there is no such page"),
    "the page of a stage removed": ("docs/02_sync_server.md", "", None, "docs/02_sync_server.md: is in the map"),
    "a page with another title": ("docs/03_client_stub.md", "# A client", "# The client", "docs/03_client_stub.md:1: the first line must be: # A client and its stub {#stage03}"),
}, {
    "a snippet without its marker": ("docs/02_sync_server.md", r"(\\snippet stages/\S+) \w+", r"\1 nowhere",
                                     "docs/02_sync_server.md:{ nowhere}: error: …has 0 comment lines [nowhere]"),
    "a stage file changed without its reason": ("stages/03_*/**/entry.h", "#endif", "// More.\n#endif",
                                                "docs/03_client_stub.md:{\\stagediff}: error: stage.toml gives no reason for …entry.h under [adds] or [changes]"),
    "a sentence without its hunk": ("stages/04_*/stage.toml", r"(\[changes\]\n\S+ = \[)", r'\1"One more.", ', "docs/04_server_streaming.md:{\\stagediff}: error: …hunks, but stage.toml has"),
    "a session named wrongly": ("docs/02_sync_server.md", r"(\\transcript\{\w+)/\w+", r"\1/nothing", "docs/02_sync_server.md:{/nothing}: error: there is no session"),
    "a directive written wrongly": ("docs/03_client_stub.md", r"\\transcript\{(.*)\}", r"\\transcript \1", "docs/03_client_stub.md:{\\transcript }: error: can't be read"),
    "a diagram with an unknown actor": ("docs/diagrams/unary.seq", "Client -> Server", "Clint -> Server", "unary.seq:…: no actor is called Clint"),
}, {
    "a link target renamed": ("docs/01_contract.md", "{#whole}", "{#everything}", "unable to resolve reference to 's01-whole'"),
    "a symbol renamed": ("docs/02_sync_server.md", "(## .* {#program}\n)", "\\1\n\\\\ref kv::stage02::Stor\n", "unable to resolve reference to 'kv::stage02::Stor'"),
    "a proto field without a comment": ("proto/kv/v1/kv.proto", "(message GetRequest {\n)( *//.*\n)+", r"\1", "Member key (variable) of struct kv::v1::GetRequest is not documented"),
    "a function without a comment": (HEADER, NAMESPACE, r"\g<0>int Bare(int value);\n", "Member Bare(int value) (function) of namespace kv::stage01 is not documented"),
    "a class without a comment": (HEADER, NAMESPACE, r"\g<0>class Plain { public: /** Described. */ int One() const; };\n", "kv::stage01::Plain is not documented"),
    "a member without a comment": (HEADER, NAMESPACE, r"\g<0>/// Described.\nclass Half { public: int Get() const; };\n", "Member Get() const (function) of class kv::stage01::Half is not documented"),
    "a parameter without a comment": (HEADER, NAMESPACE, r"\g<0>/// Adds.\n/// @param one counts.\nint Add(int one, int two);\n", "!Add"),
}, {
    "a filter that crashes": ("docs/tools/sequence.py", r"def svg\(", "def svg(*_: object) -> str:\n    raise RuntimeError\n\n\ndef unused(",
                              "docs: the filter crashed at docs/01_contract.md:{\\sequence{contract}}"),
}, {
    "a directive that Doxygen leaves out": ("docs/01_contract.md", r"\\sequence.*", r"<!--\n\g<0>\n-->", "docs/01_contract.md:{\\sequence{contract}}: error: nothing of this is on the page"),
}]


def found(words: str, said: str, tree: pathlib.Path) -> bool:
    """Returns whether the build printed the words. "…" matches any text, {text} the number of the line that has the text."""
    if line := re.search(r":\{(.+)\}(?=:|$)", words):
        page = (tree / words[:line.start()].split()[-1]).read_text(encoding="utf-8").splitlines()
        number = next(n for n, text in enumerate(page, 1) if line[1] in text)
        words = f"{words[:line.start()]}:{number}{words[line.end():]}"
    gaps = ".*".join(re.escape(part) for part in words.removeprefix("!").split("…"))
    return bool(re.search(gaps, said)) != words.startswith("!")


def attempt(breaks: dict[str, tuple[str, str, str | None, str]], options: list[str]) -> list[str]:
    """Applies the breaks to a copy and builds it. Returns the breaks that the build does not report."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        for part in ("docs", "exercises", "stages", "proto", "tools/stagelib", "tools/benchlib", "bench", "tests"):
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules", "judge"))
        shutil.copy(ROOT / "LICENSE", tree)
        for name, (file, old, new, _) in breaks.items():
            path = next(tree.glob(file))
            if new is None:
                path.unlink()
                continue
            text, count = re.subn(old, new, path.read_text(encoding="utf-8"), count=1)
            if not count:
                raise ValueError(f"{name}: {file} has no {old}: the test needs another")
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, "-B", tree / "docs/tools/build.py", *options, f"--out={folder}/out"],
                              capture_output=True, text=True, check=False, timeout=600)
        said = done.stdout + done.stderr
        if done.returncode == 0 or (pathlib.Path(folder) / "out/html").exists():
            return [f"{', '.join(breaks)}: the build does not fail"]
        return [f"{name}: the build must say: {words}\nbut:\n{said}" for name, (*_, words) in breaks.items() if not found(words, said, tree)]


def main() -> int:
    """Tries all breaks. Returns 1 if the build misses one."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        bad = [b for wrong in pool.map(lambda breaks: attempt(breaks, sys.argv[1:]), reversed(BREAKS)) for b in wrong]
    print("\n".join(bad) or f"{sum(map(len, BREAKS))} things tried, each as it must be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
