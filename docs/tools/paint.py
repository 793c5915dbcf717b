"""Highlights code: converts Pygments tokens to spans, which the theme colors."""
import functools
import html
import pathlib
import re

from pygments.lexers import get_lexer_by_name
from pygments.token import Token as T, _TokenType

# Pygments' name for a file name's suffix or a fence's language.
LANGUAGES = {
    "cc": "cpp", "cpp": "cpp", "h": "cpp", "proto": "protobuf", "nginx.conf": "nginx", "build": "meson", "meson": "meson",
    "py": "python", "js": "javascript", "python": "python", "sh": "bash", "bash": "bash", "json": "json", "yaml": "yaml",
    "toml": "toml", "diff": "diff", "text": "text", "txt": "text", "http": "text",
    "token": "text", "tokens": "text", "cmake": "cmake", "CMakeLists.txt": "cmake",
    "yml": "yaml", "service": "ini", "Containerfile": "docker", "haproxy.cfg": "bash",
}
# The first matching type decides, so specific types come first.
CLASSES = [
    (T.Comment.Preproc, "p"), (T.Comment.PreprocFile, "s"), (T.Comment, "c"), (T.Literal.String.Doc, "c"),
    (T.Keyword.Type, "t"), (T.Keyword.Constant, "n"), (T.Keyword, "k"), (T.Operator.Word, "k"),
    (T.Literal.String, "s"), (T.Literal.Number, "n"), (T.Name.Function, "f"), (T.Name.Decorator, "p"),
    (T.Name.Class, "t"), (T.Name.Builtin, "f"), (T.Name.Variable, "n"),
    (T.Generic.Deleted, "del"), (T.Generic.Inserted, "ins"), (T.Generic.Subheading, "c"),
]
TYPE = re.compile(r"k?[A-Z]\w*[a-z]\w*")
MARKER = re.compile(r"\s*(?://|#)\s*\[([\w-]+)\]\s*")


def language(path: pathlib.Path) -> str:
    """Returns the language of a file by its name. Raises ValueError for an unknown one."""
    name = path.name if path.name in LANGUAGES else path.suffix.lstrip(".")
    if name not in LANGUAGES:
        raise ValueError(f"no language is known for {path.name}")
    return name


def _class(token: _TokenType, value: str, lang: str, following: str) -> str:
    name = next((c for t, c in CLASSES if token in t), "")
    if name or lang not in ("cpp", "python") or token not in T.Name:
        return name
    # Pygments does not classify most C++ and Python names. We distinguish calls, types and constants.
    if following.startswith("("):
        return "f"
    return "t" if TYPE.fullmatch(value) else ""


@functools.lru_cache(maxsize=None)
def lines(code: str, lang: str) -> tuple[str, ...]:
    """Returns the HTML of each line of `code`."""
    name = LANGUAGES[lang]
    out: list[list[str]] = [[]]
    tokens = list(get_lexer_by_name(name, stripnl=False, ensurenl=False).get_tokens(code + "\n"))
    for place, (token, value) in enumerate(tokens):
        following = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        css = _class(token, value, name, following)
        for number, part in enumerate(value.split("\n")):
            if number:
                out.append([])
            if part:
                text = html.escape(part, quote=False)
                out[-1].append(f'<span class="{css}">{text}</span>' if css else text)
    return tuple("".join(line) for line in out[:-1])


def numbered(path: pathlib.Path, first: int = 1, last: int = 0) -> list[tuple[int, str]]:
    """Returns lines `first` to `last` (0: the end) of a file, highlighted in the context of the
    whole file, without their common indent and without snippet markers."""
    text = path.read_text(encoding="utf-8").rstrip("\n")
    raw = text.split("\n")
    painted = lines(text, language(path))
    keep = [i for i in range(first - 1, last or len(raw)) if not MARKER.fullmatch(raw[i])]
    while keep and not raw[keep[0]].strip():
        keep.pop(0)
    while keep and not raw[keep[-1]].strip():
        keep.pop()
    if not keep:
        raise ValueError(f"nothing stands between lines {first} and {last or len(raw)} of {path.name}")
    indent = min(len(raw[i]) - len(raw[i].lstrip()) for i in keep if raw[i].strip())
    cut = re.compile(rf'^(<span class="\w+">)? {{{indent}}}')  # a line within a raw string begins with its span
    return [(i + 1, cut.sub(r"\1", painted[i], count=1) if raw[i].strip() else "") for i in keep]
