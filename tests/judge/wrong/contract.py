#!/usr/bin/env python3
"""A program for stage 01, written from the page alone, that makes one mistake on request (--mistake=NAME).

Without a mistake it does both tasks, which shows that a solution needs neither C++ nor the protobuf library.
"""
import os
import sys

INT64, UINT64, BOOL, ENUM, TEXT = "int64", "uint64", "bool", "enum", "text"
CHANGES = {0: "CHANGE_TYPE_UNSPECIFIED", 1: "CHANGE_TYPE_PUT", 2: "CHANGE_TYPE_DELETE"}
ENTRY = {1: ("key", TEXT), 2: ("value", TEXT), 3: ("revision", INT64)}
GET_RESPONSE = {1: ("entry", ENTRY)}
TYPES = {
    "Entry": ENTRY,
    "GetResponse": GET_RESPONSE,
    "PutResponse": {1: ("revision", INT64)},
    "DeleteResponse": {1: ("deleted", BOOL), 2: ("revision", INT64)},
    "ListRequest": {1: ("prefix", TEXT), 2: ("limit", INT64)},
    "WatchResponse": {1: ("change_type", ENUM), 2: ("entry", ENTRY)},
    "PipelineRequest": {1: ("id", UINT64)},
    "PipelineResponse": {1: ("id", UINT64), 2: ("code", INT64), 3: ("message", TEXT), 4: ("get_response", GET_RESPONSE)},
}
WIRE_TYPES = {0: "VARINT", 2: "LEN"}
MISTAKE = sys.argv.pop(1).partition("=")[2]


def varint(number: int) -> bytes:
    """Encodes a number as a varint: seven bits per byte, the lowest first."""
    if number < 0 and MISTAKE == "negative_is_short":
        number = -number * 2 - 1  # the ZigZag encoding of sint64
    number %= 1 << 64
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    if MISTAKE == "highest_first":
        out = bytearray(byte & 127 | (128 if place < len(out) - 1 else 0) for place, byte in enumerate(reversed(out)))
    return bytes(out)


def length(text: bytes) -> bytes:
    """Encodes the length that precedes a text."""
    if MISTAKE == "length_is_a_byte":
        return bytes([len(text) % 256])
    return varint(len(text.decode(errors="surrogateescape")) if MISTAKE == "counts_characters" else len(text))


def encode(key: bytes, value: bytes, revision: bytes) -> None:
    """Prints the bytes of an Entry."""
    try:
        if MISTAKE != "writes_any_key":
            key.decode()
        if MISTAKE == "value_is_text":
            value.decode()
    except UnicodeDecodeError:
        sys.exit("contract: key: not UTF-8")
    try:
        number = int(revision)
    except ValueError:
        sys.exit("contract: revision: not a number" if MISTAKE != "names_no_field" else "contract: not a number")
    if MISTAKE != "takes_any_number" and not -(1 << 63) <= number < 1 << 63:
        sys.exit("contract: revision: over 64 bits")
    out = b""
    for tag, text in (b"\x0a", key), (b"\x12", value):
        if text or MISTAKE == "sends_empty":
            out += tag + length(text) + text
    if number or MISTAKE == "sends_zero":
        out += b"\x18" + varint(number)
    print(out.hex(" "))


def meaning(kind: object, number: int) -> str:
    """Returns the value of a varint as text, by the type of its field."""
    if kind is BOOL and MISTAKE != "bool_is_number":
        return str(bool(number)).lower()
    if kind is ENUM and MISTAKE != "enum_is_number":
        if MISTAKE == "enum_has_names_alone" and number not in CHANGES:
            sys.exit("contract: no such change type")
        return CHANGES.get(number, str(number))
    signed = kind is INT64 and MISTAKE != "has_no_sign" or MISTAKE == "all_have_a_sign"
    return str(number - (1 << 64) if signed and number >> 63 else number)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Decodes the varint at an offset; returns its value and the offset after it."""
    number = shift = 0
    while at < len(data):
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return number, at
    sys.exit(f"contract: byte {at}: cut off")


def decode(fields: dict, data: bytes, say: list[str], depth: int = 1) -> None:
    """Appends one line per field that explains a message."""
    def line(start: int, end: int, text: str) -> None:
        say.append("  " * depth + data[start:end].hex(" ") + "  " + text)
        if MISTAKE == "prints_as_it_goes":
            print(say[-1], flush=True)
    at = 0
    while at < len(data):
        start = at
        tag, at = read_varint(data, at)
        name, kind = fields.get(tag >> 3, ("unknown", ENTRY if MISTAKE == "opens_all" else TEXT))
        line(start, at, f"tag: field {tag >> 3} ({name}), wire type {tag & 7} ({WIRE_TYPES[tag & 7]})")
        start = at
        number, at = read_varint(data, at)
        if tag & 7 == 0 and (MISTAKE != "trusts_the_contract" or isinstance(kind, str)):
            line(start, at, f"value: {meaning(kind, number)}")
            continue
        line(start, at, f"length: {number}")
        if at + number > len(data):
            sys.exit(f"contract: byte {start}: the value is {number} bytes long")
        inside, at = data[at:at + number], at + number
        if isinstance(kind, dict) and (MISTAKE != "opens_one" or depth == 1) and MISTAKE != "opens_none":
            decode(kind, inside, say, depth + 1)
        else:
            shown = "".join(chr(byte) if 31 < byte < 127 else f"\\x{byte:02x}" for byte in inside)
            line(at - number, at, f'value: "{shown}"')


def main(words: list[bytes]) -> None:
    """Runs `encode KEY VALUE REVISION` or `decode [TYPE] HEX`."""
    if words[0] == b"encode":
        encode(*words[1:])
        return
    name = words[1].decode() if len(words) == 3 or MISTAKE == "needs_a_type" else "Entry"
    if name not in TYPES:
        sys.exit(f"contract: no message type {name}" if MISTAKE != "names_no_type" else "contract: no such message type")
    say: list[str] = []
    decode(TYPES[name], bytes.fromhex(words[-1].decode()), say)
    if MISTAKE != "prints_as_it_goes":
        print("\n".join(say))


if __name__ == "__main__":
    main([os.fsencode(word) for word in sys.argv[1:]])
