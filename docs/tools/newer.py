r"""\differences{NN}: the rows of docs/newer.toml for stage NN, or with {} the rows for no stage: what differs in a newer gRPC."""
import pathlib
import re
import tomllib

from codeblock import escape


def _rows(root: pathlib.Path, number: str) -> list[dict]:
    rows = tomllib.loads((root / "docs/newer.toml").read_text(encoding="utf-8"))["row"]
    return [row for row in rows if row.get("stage", "") == number]


def _prose(text: str) -> str:
    """Converts sentences with `code` to HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))


def differences(root: pathlib.Path, number: str) -> str:
    """Returns a list with each difference, what a reader should do about it, and the tests that detect it."""
    items = []
    for row in _rows(root, number):
        seen = [f"<code>{escape(test)}</code>" for test in row.get("tests", {})] + (["a line that does not compile"] if "code" in row else [])
        sometimes = ", not in every run" if row.get("sometimes") else ""
        items.append(f"<li><p><b>{_prose(row['what'])}.</b> {_prose(row['reader'])}</p>\n"
                     f'<details><summary>Seen by</summary><p>{", ".join(seen)}{sometimes}</p></details></li>\n')
    if not items:
        raise ValueError("docs/newer.toml has no row of this stage")
    return f'<ul class="differences">\n{"".join(items)}</ul>\n'


def link(root: pathlib.Path, number: str) -> str:
    """Returns a link for readers with a newer gRPC, or an empty string if the stage has no differences."""
    count = len(_rows(root, number))
    return f'<a href="newer.html#newer-s{number}">{count} difference{"s" * (count > 1)}</a>' if count else ""
