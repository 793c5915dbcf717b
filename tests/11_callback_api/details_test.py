"""Tests that a Node client reads the details of our errors: details_test.py SERVER NODE_MODULES PROTO."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import programs  # noqa: E402

SERVER, MODULES, PROTO = sys.argv[1:4]


class Node(unittest.TestCase):
    """One error."""

    def test_reads_ours(self) -> None:
        script = pathlib.Path(__file__).with_name("details_node.js")
        with programs.serving(SERVER) as (_, address):
            done = subprocess.run(["node", script, MODULES, PROTO, address], capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(json.loads(done.stdout), {
            "code": 9, "message": 'key "a" is absent, not at revision 4',
            "details": [{"reason": "REVISION_MISMATCH", "domain": "kv.v1", "metadata": {"current_revision": "0"}}]})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
