"""Tests history.py with a right history, and with small changes of it that make it wrong."""
import json
import unittest
from typing import Any

from history import Checker


class History:
    """A history of two servers: a dict of operations by name, and what the watchers and the lists at the end had."""

    def __init__(self) -> None:
        self.changes: list[list[Any]] = []
        self.final: list[list[Any]] = []
        self.operations: dict[str, dict[str, Any]] = {}
        self.watchers: list[list[list[Any]]] | None = None  # None: each saw all changes
        self.finals: list[list[list[Any]]] | None = None  # None: each is `final`

    def add(self, called: str, op: str, key: str, time: tuple[int, int], result: str = "ok", **more: Any) -> None:
        """Adds an operation that lasts from time[0] to time[1]."""
        asked = {"entries": [["a", "a2"], ["c", "c1"]]} if op == "import" else {"prefix" if op == "list" else "key": key}
        self.operations[called] = {"client": 1, "op": op, "start": time[0], "end": time[1], "result": result, **asked, **more}

    def problems(self) -> list[str]:
        """What the checker prints."""
        records = list(self.operations.values())
        records += [{"watcher": i, "changes": changes} for i, changes in enumerate(self.watchers or [self.changes] * 2)]
        records += [{"final": f"server{i}", "entries": entries} for i, entries in enumerate(self.finals or [self.final] * 2)]
        return Checker(json.dumps(record) for record in records).check()


def right() -> History:
    """A history with all kinds of operations, some of them at the same time."""
    it = History()
    it.add("put a1", "put", "a", (0, 10), value="a1", revision=1)
    it.add("put b1", "put", "b", (5, 15), value="b1", revision=2)
    it.add("get a1", "get", "a", (12, 20), value="a1", revision=1)
    it.add("import", "import", "", (20, 30), revision=4)
    it.add("get no c", "get", "c", (22, 28), "absent", revision=2)  # during the import, and before it
    it.add("replace", "put", "a", (40, 50), value="a3", expected=3, revision=5)
    it.add("get a2", "get", "a", (41, 43), value="a2", revision=3)  # during the replacement: not yet
    it.add("get a3", "get", "a", (44, 48), value="a3", revision=5)  # and now
    it.add("delete b", "delete", "b", (60, 70), deleted=True, revision=6)
    it.add("delete again", "delete", "b", (71, 80), deleted=False, revision=6)
    it.add("too late", "put", "b", (72, 80), "mismatch", value="b2", expected=2, current=0)
    it.add("list", "list", "", (75, 85), entries=[["a", "a3", 5], ["c", "c1", 4]])
    it.add("disk full", "put", "c", (86, 88), "not_written", value="c2")
    it.add("last", "put", "last", (90, 100), value="z", revision=7)
    it.changes = [[1, "a", "a1"], [2, "b", "b1"], [3, "a", "a2"], [4, "c", "c1"], [5, "a", "a3"], [6, "b", None], [7, "last", "z"]]
    it.final = [["a", "a3", 5], ["c", "c1", 4], ["last", "z", 7]]
    return it


class HistoryTest(unittest.TestCase):
    """The checker accepts what a store may do, and nothing else."""

    def assert_wrong(self, it: History, *lines: str) -> None:
        """Checks what the checker prints."""
        self.assertEqual(list(lines), it.problems())

    def change(self, called: str, **fields: Any) -> History:
        """The right history with another answer, or at another time."""
        it = right()
        it.operations[called].update(fields)
        return it

    def test_right(self) -> None:
        """Nothing is wrong with it."""
        self.assert_wrong(right())

    def test_writes_without_answer(self) -> None:
        """Such a write may have happened, even after the client gave up, or not."""
        for called in ("put b1", "import", "replace", "delete b"):
            it = self.change(called, result="unknown")
            self.assert_wrong(it)
        it = right()
        it.add("not there", "put", "c", (20, 30), "unknown", value="c3")
        it.add("not there, too", "delete", "c", (20, 30), "unknown")
        self.assert_wrong(it)
        it.changes.insert(6, [7, "c", None])  # much later
        it.changes[7][0] = it.final[2][2] = it.operations["last"]["revision"] = 8
        del it.final[1]
        self.assert_wrong(it)
        it.operations["not there, too"].update(start=101, end=110)  # too late: `last` was acknowledged with revision 8
        self.assert_wrong(it, "client 1: delete c: is revision 7, but began after revision 8 was reached")

    def test_lost_write(self) -> None:
        """An acknowledged write is not there."""
        it = right()
        it.add("lost", "put", "b", (90, 95), value="b3", revision=7)
        self.assert_wrong(it, "client 1: put b = b3: is acknowledged as revision 7, but it is not there")

    def test_lost_delete(self) -> None:
        """An acknowledged Delete is another client's write."""
        it = right()
        it.add("lost", "delete", "a", (90, 95), deleted=True, revision=7)
        self.assert_wrong(it, "client 1: delete a: is revision 7, which is another change")

    def test_written_twice(self) -> None:
        """A server repeated a write that had been done."""
        it = right()
        it.changes.insert(5, [6, "a", "a3"])
        it.final[0][2] = 6
        it.changes[6][0] = it.operations["delete b"]["revision"] = it.operations["delete again"]["revision"] = 7
        it.changes[7][0] = it.operations["last"]["revision"] = it.final[2][2] = 8
        self.assert_wrong(it, "a3 is there twice, at revisions 5 and 6", "revision 6: no write asked for a = a3")

    def test_revision_given_twice(self) -> None:
        """Two clients were told that they removed the same entry."""
        it = self.change("delete again", deleted=True)
        self.assert_wrong(it, "client 1: delete b: is acknowledged as revision 6, as another write is")

    def test_other_revision(self) -> None:
        """A write was acknowledged with the revision of another one."""
        it = self.change("put b1", revision=1)
        self.assert_wrong(it, "client 1: put b = b1: is acknowledged as revision 1, but it is there as revision 2")

    def test_gap(self) -> None:
        """The store skipped a revision."""
        it = right()
        it.changes[6][0] = it.operations["last"]["revision"] = it.final[2][2] = 8
        self.assert_wrong(it, "watcher 0: revision 8 comes after 6", "watcher 1: revision 8 comes after 6")

    def test_stale_read(self) -> None:
        """A read did not see a write that had ended before it began."""
        it = self.change("get a3", start=51, end=52, value="a2", revision=3)
        self.assert_wrong(it, "client 1: get a = a2: saw revision 3 of a, but not revision 5, although 5 was reached")

    def test_stale_absent(self) -> None:
        """A server that is behind does not have the key yet."""
        it = self.change("get no c", start=31, end=32)
        self.assert_wrong(it, "client 1: get c: was at revision 2, but revision 4 was reached before it began")
        it = self.change("get no c", start=31, end=32)
        del it.operations["get no c"]["revision"]  # as in a Pipeline
        self.assert_wrong(it, "client 1: get c: did not see c, which is there since revision 4")

    def test_stale_mismatch(self) -> None:
        """A write was rejected because of an entry that was gone."""
        it = self.change("too late", expected=1, current=2)
        self.assert_wrong(it, "client 1: put b = b2: saw revision 2 of b, but not revision 6, although 6 was reached")

    def test_stale_list(self) -> None:
        """A List has one entry as it was before, or one that was removed."""
        it = self.change("list", entries=[["a", "a2", 3], ["c", "c1", 4]])
        self.assert_wrong(it, "client 1: list : saw revision 3 of a, but not revision 5, although 6 was reached")
        it = self.change("list", entries=[["a", "a3", 5], ["b", "b1", 2], ["c", "c1", 4]])
        self.assert_wrong(it, "client 1: list : saw revision 2 of b, but not revision 6, although 6 was reached")

    def test_list_of_two_moments(self) -> None:
        """A List during an import and a replacement has what was never there together."""
        it = self.change("list", start=16, end=49, entries=[["a", "a3", 5], ["b", "b1", 2]])
        self.assert_wrong(it, "client 1: list : did not see c, which is there since revision 4")

    def test_inside_an_import(self) -> None:
        """A read saw the first entry of an import and not the second."""
        it = self.change("list", start=16, end=29, entries=[["a", "a2", 3], ["b", "b1", 2]])
        self.assert_wrong(it, "client 1: list : did not see c, which is there since revision 4")
        it = self.change("get no c", revision=3)
        self.assert_wrong(it, "client 1: get c: was at revision 3, which is inside an import or does not exist")

    def test_from_the_future(self) -> None:
        """A read saw a write that began after it ended."""
        it = self.change("get a3", start=31, end=35)
        self.assert_wrong(it, "client 1: get a = a3: saw revision 5, which began after this ended")

    def test_removed_in_the_future(self) -> None:
        """A read did not see an entry whose Delete began after it ended."""
        it = self.change("delete again", start=51, end=55)
        self.assert_wrong(it, "client 1: delete b: did not see b, whose removal, revision 6, began after this ended")

    def test_back_in_time(self) -> None:
        """Two reads during a write: the first saw it, the second did not."""
        it = self.change("get a2", start=49, end=50)
        self.assert_wrong(it, "client 1: get a = a2: saw revision 3 of a, but not revision 5, although 5 was reached")

    def test_order_of_writes(self) -> None:
        """A write got a lower revision than one that had ended before it began."""
        it = self.change("put a1", start=16, end=19)
        del it.operations["get a1"]
        self.assert_wrong(it, "client 1: put a = a1: is revision 1, but began after revision 2 was reached")

    def test_not_written_but_there(self) -> None:
        """The server promised that nothing had changed."""
        it = self.change("put b1", result="not_written")
        self.assert_wrong(it, "client 1: put b = b1: is there as revision 2, but the answer was not_written")
        it = self.change("put b1", result="mismatch", expected=7, current=0)
        self.assert_wrong(it, "client 1: put b = b1: is there as revision 2, but the answer was mismatch")

    def test_half_an_import(self) -> None:
        """An import that failed has left an entry, or another change is between its entries."""
        it = self.change("import", result="unknown", entries=[["a", "a2"], ["x", "x1"]])
        self.assert_wrong(it, "client 1: import a2...: is only partly there, at revisions [3]", "revision 4: no write asked for c = c1")
        it = right()
        it.changes[1:4] = [[2, "a", "a2"], [3, "b", "b1"], [4, "c", "c1"]]
        it.operations["put b1"]["revision"] = 3
        self.assert_wrong(it, "client 1: import a2...: is only partly there, at revisions [2, 4]", "client 1: put a = a3: expected revision 3, but replaced revision 2")

    def test_expected_revision(self) -> None:
        """A write was done although the entry was at another revision, or rejected although it was at this one."""
        it = self.change("replace", expected=1)
        self.assert_wrong(it, "client 1: put a = a3: expected revision 1, but replaced revision 3")
        it = self.change("too late", expected=0)
        self.assert_wrong(it, "client 1: put b = b2: expected revision 0, and was rejected because of revision 0")

    def test_nobody_asked(self) -> None:
        """There is a change that no client asked for."""
        it = right()
        del it.operations["disk full"], it.operations["delete b"]
        self.assert_wrong(it, "revision 6: no write asked for b = None")

    def test_removal_of_nothing(self) -> None:
        """A Delete of an absent key is no change."""
        it = right()
        it.changes[1] = [2, "x", None]
        it.changes[5] = [6, "x", None]
        self.assert_wrong(it, "revision 2: removes x, which is absent", "revision 6: removes x, which is absent")

    def test_watcher(self) -> None:
        """A watcher missed a change, got one twice, saw another one, or ended too early."""
        changes = right().changes
        for wrong, line in {
            "revision 4 comes after 2": changes[:2] + changes[3:],
            "revision 3 comes after 3": changes[:3] + changes[2:],
            "revision 2 is ('b', 'b0'), but another watcher saw ('b', 'b1')": [changes[0], [2, "b", "b0"], *changes[2:]],
            "saw 6 of 7 changes": changes[:6],
        }.items():
            with self.subTest(wrong):
                it = right()
                it.watchers = [changes, line]
                self.assert_wrong(it, f"watcher 1: {wrong}")

    def test_contents(self) -> None:
        """A server has not all changes at the end."""
        it = right()
        it.finals = [it.final, [["a", "a2", 3], ["last", "z", 7]]]
        self.assert_wrong(it, "server1: has a = a2 of revision 3, which is not the latest change", "server1: has no c, which revision 4 wrote")


if __name__ == "__main__":
    unittest.main()
