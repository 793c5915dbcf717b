r"""\differences: what docs/newer.toml says of a newer gRPC, a section for each row."""
import pathlib
import re
import tomllib

from codeblock import escape


def rows(root: pathlib.Path) -> list[dict]:
    """The differences, in the order of the file."""
    return tomllib.loads((root / "docs/newer.toml").read_text(encoding="utf-8"))["row"]


def _prose(text: str) -> str:
    """Sentences with `code` in them, as HTML."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))


def differences(root: pathlib.Path) -> str:
    """All rows: what differs, since when, in which stages, and how we know."""
    parts = []
    for row in rows(root):
        stages = ", ".join(f'<a href="stage{number}.html">{number}</a>' for number in row["stages"])
        known = [f"<code>{escape(test)}</code>" for test in row.get("tests", {})] + (["its code, compiled"] if "code" in row else [])
        facts = [f"since {escape(row['since'])}" if "since" in row else "", f"stage {stages}" if stages else "", "seen by " + ", ".join(known)]
        parts.append(f'<h3 id="newer-{escape(row["id"])}">{_prose(row["what"])}</h3>\n<p>{_prose(row["reader"])}</p>\n'
                     f'<p class="seen">{"; ".join(filter(None, facts))}</p>\n')
    return "".join(parts)


def links(root: pathlib.Path, number: str) -> str:
    """Where the page of a stage sends its readers."""
    found = [row for row in rows(root) if number in row["stages"]]
    return ", ".join(f'<a href="newer.html#newer-{escape(row["id"])}">{_prose(row["what"])}</a>' for row in found)
