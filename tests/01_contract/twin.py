#!/usr/bin/python3
"""The lessons of stage 01 once more in Python: the same bytes, other manners.

PYTHONPATH names the folder with kv/v1/kv_pb2.py. Raises AssertionError when Python
does not do what the page says.
"""
import contextlib

from google.protobuf import json_format
from google.protobuf.message import DecodeError

from kv.v1 import kv_pb2

# [berlin]
entry = kv_pb2.Entry(key="city", value=b"Berlin", revision=300)
data = entry.SerializeToString()
# [berlin]
assert data.hex(" ") == "0a 04 63 69 74 79 12 06 42 65 72 6c 69 6e 18 ac 02"

# [presence]
request = kv_pb2.PutRequest(key="city")
assert not request.HasField("expected_revision")
request.expected_revision = 0
assert request.HasField("expected_revision")
# [presence]
assert request.SerializeToString().hex(" ") == "0a 04 63 69 74 79 18 00"


@contextlib.contextmanager
def raises(kind: type[Exception]):
    """The block must raise just this."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


# [parse]
with raises(DecodeError):
    kv_pb2.Entry.FromString(data[:9])
with raises(ValueError):
    kv_pb2.Entry(key=b"\xff")  # not UTF-8
with raises(ValueError):
    entry.HasField("revision")  # not `optional`, so it has no presence
# [parse]

text = json_format.MessageToJson(entry, indent=None)
assert text == '{"key": "city", "value": "QmVybGlu", "revision": "300"}'
