"""Shows a .proto file to Doxygen as C++, line for line.

protoc copies no comments into the generated code, so we generate the reference of the
contract from the .proto file: a message becomes a struct, a service a class, and an RPC
a function, with `stream<T>` for a stream of messages.
"""
import re

RPC = re.compile(r"rpc\s+(\w+)\s*\(\s*(stream\s+)?([\w.]+)\s*\)\s*returns\s*\(\s*(stream\s+)?([\w.]+)\s*\)\s*(;|\{\s*\})")
FIELD = re.compile(r"(repeated\s+|optional\s+)?(map\s*<[^>]+>|[\w.]+)\s+(\w+)\s*=\s*(\d+).*;")
BLOCKS = {"message": "struct", "service": "class", "enum": "enum"}
MARKER = re.compile(r"\s*//\s*\[[\w-]+\]\s*")


def _type(name: str) -> str:
    return name.strip().lstrip(".").replace(".", "::")


def _rpc(m: re.Match[str]) -> str:
    request, response = _type(m[3]), _type(m[5])
    takes = f"stream<{request}>" if m[2] else request
    gives = f"stream<{response}>" if m[4] else response
    return f"{gives} {m[1]}({takes} request);"


def _code(s: str, kinds: list[str]) -> str:
    if m := re.match(r"(message|service|enum|oneof)\s+(\w+)\s*\{(\s*\})?", s):
        if not m[3]:
            kinds.append(m[1])
        if m[1] == "oneof":
            return ""
        return f"{BLOCKS[m[1]]} {m[2]} {{{' public:' if m[1] == 'service' else ''}{'};' if m[3] else ''}"
    if s.startswith("}"):
        return "" if kinds.pop() == "oneof" else "};"
    if m := RPC.match(s):
        return _rpc(m)
    if kinds and kinds[-1] == "enum" and (m := re.match(r"(\w+)\s*=\s*(-?\w+)", s)):
        return f"{m[1]} = {m[2]},"
    if kinds and (m := FIELD.match(s)):
        kind = _type(m[2])
        return f"{m[1].strip()}<{kind}> {m[3]} = {m[4]};" if m[1] else f"{kind} {m[3]} = {m[4]};"
    return ""  # skips syntax, import, option and reserved


def proto(text: str) -> str:
    """Converts the file to C++ for Doxygen."""
    out: list[str] = []
    kinds: list[str] = []
    closers, first = "", True
    lines = text.rstrip("\n").split("\n")
    for place, line in enumerate(lines):
        code, sep, note = line.partition("//")
        if MARKER.fullmatch(line):
            out.append("")
        elif not code.strip():
            # Doxygen would attach the comment of a oneof to its first field.
            below = next((s.strip() for s in lines[place:] if not s.strip().startswith("//")), "")
            drop = below.startswith("oneof")
            head = " \\stagefile" if first and sep else ""
            out.append(f"///{head}{note}" if sep and not drop else "")
            first = first and not sep
        elif m := re.match(r"package\s+([\w.]+);", code.strip()):
            parts = m[1].split(".")
            out.append(" ".join(f"namespace {p} {{" for p in parts))
            closers = "}" * len(parts)
        else:
            out.append(_code(code.strip(), kinds) + (f" ///<{note}" if sep else ""))
    if closers:
        out.append(closers)
    return "\n".join(out) + "\n"
