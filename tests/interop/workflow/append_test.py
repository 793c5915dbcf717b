"""Python appends to the log of our servers, and they go on."""
import pathlib
import sys
import unittest

import append

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "14_distributed"))
from one_etcd import etcd, server  # noqa: E402


class Append(unittest.TestCase):
    """One etcd, a server, and Python beside it."""

    def test_both_write(self) -> None:
        """Each sees what the other one has appended, and a place is taken once."""
        with etcd() as one, server(one) as kv:
            log = append.connect(one.address)
            self.assertEqual(kv.says("put", "city", "Berlin"), "revision 1")
            self.assertTrue(append.append(log, 2, "city", "Zürich", "python.1"))
            self.assertEqual(kv.says("get", "city"), '"city" = "Z\\xc3\\xbcrich" (revision 2)')
            self.assertEqual(kv.says("put", "city", "Rome", "--expected_revision=2"), "revision 3")
            self.assertFalse(append.append(log, 3, "city", "Bonn", "python.2"))
            self.assertFalse(append.append(log, 5, "city", "Bonn", "python.3"))


if __name__ == "__main__":
    unittest.main()
