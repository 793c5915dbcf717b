#!/usr/bin/env python3
"""Checks a history that `load` wrote: could one store, which does one thing at a time, have answered so?

  history.py FILE

Each operation must take effect at one moment between its start and its end (the store is linearizable). In general
this is hard to check, because every order of the operations might be the right one. But this store numbers its
changes, and the watchers saw all of them, so the order of the writes is known. We give each operation a *point*: the
point of a write is its revision, and the point of a read is the revision of the last change before it. Three steps:

1. Watchers. All of them saw the same changes, with the revisions 1, 2, 3 and so on, and these lead to the contents
   that each server has at the end.
2. Writes. Each change comes from one write. Every acknowledged write is there with its revision, and no rejected
   write. All entries of an import are there, one after the other, or none. We know the write of a change by its value,
   because no value is written twice. A removal has no value: if no acknowledged Delete has its revision, it comes from
   a Delete without an answer. We take them in the order of their starts, the first for the first such removal of the
   key. Nothing is lost by that: if any assignment fits, this one does.
3. Time. If an operation ended before another began, its point is not higher. We go through all starts and ends in
   the order of time, and keep the highest point that was *reached*: that of an operation that has ended. A write
   that begins now must get a higher revision. A read that begins now has some point from there on at which the
   store contained what the read returned. We take the lowest. A higher one is never better: the point of a read
   matters only to operations that begin after its end, and they must not be below it.

A write without an answer has no end: it takes effect at any time after its start, or never.
"""
import bisect
import collections
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

MOST_LINES = 20
TOLD = ("ok", "mismatch", "absent")  # the results that tell something about the store

Operation = dict[str, Any]  # as `load` writes it


class Change(NamedTuple):
    """One change as the watchers saw it. The value of a removal is None."""

    revision: int
    key: str
    value: str | None


class Wrong(Exception):
    """An answer that no linearizable store gives."""


def name(one: Operation) -> str:
    """How a message calls an operation."""
    if one["op"] == "import":
        return f"client {one['client']}: import {one['entries'][0][1]}..."
    return f"client {one['client']}: {one['op']} {one.get('key', one.get('prefix'))}" + (f" = {one['value']}" if "value" in one else "")


def completeness(changes: list[Change]) -> tuple[bool, int]:
    """Orders what watchers saw. The greatest is the one to compare the others with."""
    return all(change.revision == expected for expected, change in enumerate(changes, 1)), len(changes)


class Checker:
    """Holds one history. Each step of check() relies on the steps before it."""

    def __init__(self, lines: Iterable[str]) -> None:
        records = [json.loads(line) for line in lines]
        self.operations: list[Operation] = [record for record in records if "op" in record]
        self.watchers = {record["watcher"]: [Change(*row) for row in record["changes"]] for record in records if "watcher" in record}
        self.finals = {record["final"]: [tuple(row) for row in record["entries"]] for record in records if "final" in record}
        # The index is the revision. Revision 0 is the empty store.
        self.changes = [Change(0, "", None), *max(self.watchers.values(), key=completeness, default=[])]
        self.of_key: dict[str, list[int]] = collections.defaultdict(list)  # the revisions of a key's changes
        self.writes: dict[int, Operation] = {}  # which write made the change
        self.span: dict[int, tuple[int, int]] = {}  # index of a write to its first and last revision
        self.settled: list[int] = []  # for each point the next one that is not inside an import

    def check(self) -> list[str]:
        """Returns what is wrong. The first step that finds something is the last one, so that one mistake is not told twice."""
        for step in (self.check_watchers, self.check_writes, self.check_time):
            if problems := list(step()):
                return problems
        return []

    def check_watchers(self) -> Iterator[str]:
        """Compares what the watchers saw with each other and with the final contents."""
        for watcher, changes in self.watchers.items():
            for expected, change in enumerate(changes, 1):
                if change.revision != expected:
                    yield f"watcher {watcher}: revision {change.revision} comes after {expected - 1}"
                    break
                if change != self.change(expected):
                    yield f"watcher {watcher}: revision {expected} is {change[1:]}, but another watcher saw {self.change(expected)[1:]}"
                    break
            else:
                if len(changes) < len(self.changes) - 1:
                    yield f"watcher {watcher}: saw {len(changes)} of {len(self.changes) - 1} changes"
        state: dict[str, tuple[str, str, int]] = {}
        for revision, key, value in self.changes[1:]:
            self.of_key[key].append(revision)
            if value is not None:
                state[key] = (key, value, revision)
            elif state.pop(key, None) is None:
                yield f"revision {revision}: removes {key}, which is absent"
        for address, entries in self.finals.items():
            for key, value, revision in sorted(set(entries) - set(state.values())):
                yield f"{address}: has {key} = {value} of revision {revision}, which is not the latest change"
            for key in sorted(set(state) - {entry[0] for entry in entries}):
                yield f"{address}: has no {key}, which revision {state[key][2]} wrote"

    def check_writes(self) -> Iterator[str]:
        """Finds the write of each change."""
        at: dict[str | None, int] = {}  # values
        for revision, _, value in self.changes[1:]:
            if value is not None and at.setdefault(value, revision) != revision:
                yield f"{value} is there twice, at revisions {at[value]} and {revision}"
        waiting: dict[str, list[int]] = collections.defaultdict(list)  # Deletes without an answer
        for index, one in enumerate(self.operations):
            if one["op"] == "import":
                yield from self.claim(index, one["entries"], [at.get(value, 0) for _, value in one["entries"]])
            elif one["op"] == "put":
                yield from self.claim(index, [[one["key"], one["value"]]], [at.get(one["value"], 0)])
            elif one["op"] == "delete" and one["result"] == "ok" and one["deleted"]:
                yield from self.claim(index, [[one["key"], None]], [one["revision"]])
            elif one["op"] == "delete" and one["result"] == "unknown":
                waiting[one["key"]].append(index)
        for indexes in waiting.values():
            indexes.sort(key=lambda index: self.operations[index]["start"], reverse=True)
        for revision, key, value in self.changes[1:]:
            if value is None and revision not in self.writes and waiting[key]:
                yield from self.claim(waiting[key].pop(), [[key, None]], [revision])
            if revision not in self.writes:
                yield f"revision {revision}: no write asked for {key} = {value}"

    def claim(self, index: int, entries: list[list[Any]], revisions: list[int]) -> Iterator[str]:
        """Notes that a write made the changes of these revisions (0 is none). Yields why it can't have made them."""
        one, first, last = self.operations[index], revisions[0], revisions[-1]
        there = [revision for revision in revisions if revision > 0]
        if len(there) == len(entries) and [list(self.change(revision)[1:]) for revision in there] != entries:
            yield f"{name(one)}: is revision {last}, which is another change"
            return
        taken = [revision for revision in there if revision in self.writes]
        self.writes.update((revision, one) for revision in there)
        if there and revisions != list(range(first, first + len(entries))):
            yield f"{name(one)}: is only partly there, at revisions {there}"
        elif one["result"] == "ok" and not there:
            yield f"{name(one)}: is acknowledged as revision {one['revision']}, but it is not there"
        elif one["result"] == "ok" and last != one["revision"]:
            yield f"{name(one)}: is acknowledged as revision {one['revision']}, but it is there as revision {last}"
        elif there and one["result"] not in ("ok", "unknown"):
            yield f"{name(one)}: is there as revision {last}, but the answer was {one['result']}"
        elif taken:
            yield f"{name(one)}: is acknowledged as revision {last}, as another write is"
        elif there and "expected" in one and one["expected"] != (replaced := self.entry(one["key"], first - 1)):
            yield f"{name(one)}: expected revision {one['expected']}, but replaced revision {replaced}"
        elif there:
            self.span[index] = (first, last)

    def check_time(self) -> Iterator[str]:
        """Looks for operations that fit at no moment between their start and their end."""
        self.settled = list(range(len(self.changes)))
        for first, last in self.span.values():
            self.settled[first:last] = [last] * (last - first)
        events: list[tuple[int, bool, int]] = []  # time, whether it is an end, index: at the same time, starts come first
        for index, one in enumerate(self.operations):
            if one["result"] in TOLD or index in self.span:
                events.append((one["start"], False, index))
            if one["result"] in TOLD:
                events.append((one["end"], True, index))
        reached = 0
        lowest: dict[int, int] = {}  # what was reached when the operation began
        for _, is_end, index in sorted(events):
            one = self.operations[index]
            if not is_end:
                lowest[index] = reached
                if index in self.span and self.span[index][0] <= reached:
                    yield f"{name(one)}: is revision {self.span[index][0]}, but began after revision {reached} was reached"
            elif index in self.span:
                reached = max(reached, self.span[index][1])
            else:
                try:
                    reached = max(reached, self.point(one, lowest[index]))
                except Wrong as wrong:
                    yield f"{name(one)}: {wrong}"

    def point(self, one: Operation, low: int) -> int:
        """Returns the lowest point, not below `low`, at which the store contained what a read returned."""
        keys, seen, exact = self.view(one)
        for key, revision in seen.items():
            if self.writes.get(revision, one)["start"] > one["end"]:
                raise Wrong(f"saw revision {revision}, which began after this ended")
        point = self.settled[max([low, *seen.values()])]
        if exact is not None:
            if exact < point:
                raise Wrong(f"was at revision {exact}, but revision {point} was reached before it began")
            if exact >= len(self.changes) or self.settled[exact] != exact:
                raise Wrong(f"was at revision {exact}, which is inside an import or does not exist")
            point = exact
        missing = [key for key in keys if key not in seen]
        while there := next((key for key in missing if self.entry(key, point)), None):
            following = self.following(there, point)
            if exact is not None or following is None:
                raise Wrong(f"did not see {there}, which is there since revision {self.entry(there, point)}")
            point = self.settled[following]
        for key in missing:
            if (removal := self.latest(key, point)) and self.writes[removal]["start"] > one["end"]:
                raise Wrong(f"did not see {key}, whose removal, revision {removal}, began after this ended")
        for key, revision in seen.items():
            following = self.following(key, revision)
            if following is not None and following <= point:
                raise Wrong(f"saw revision {revision} of {key}, but not revision {following}, although {point} was reached")
        return point

    def view(self, one: Operation) -> tuple[list[str], dict[str, int], int | None]:
        """Returns the keys that a read looked for, the revisions of those that it saw, and its point if the answer had it."""
        if one["result"] == "mismatch":
            if one.get("current") in (None, one["expected"]):
                raise Wrong(f"expected revision {one['expected']}, and was rejected because of revision {one.get('current')}")
            entries = [[one["key"], self.change(one["current"]).value, one["current"]]] if one["current"] > 0 else []
        elif one["op"] == "list":
            entries = one["entries"]
        elif one["op"] == "get" and one["result"] == "ok":
            entries = [[one["key"], one["value"], one["revision"]]]
        else:
            return [one["key"]], {}, one.get("revision")
        for key, value, revision in entries:
            if value is None or self.change(revision) != (revision, key, value):
                raise Wrong(f"saw {key} = {value} of revision {revision}, which is another change")
        keys = [key for key in self.of_key if key.startswith(one["prefix"])] if one["op"] == "list" else [one["key"]]
        return keys, {key: revision for key, _, revision in entries}, None

    def change(self, revision: int) -> Change:
        """Returns a change, or one that equals no other if the revision does not exist."""
        return self.changes[revision] if revision < len(self.changes) else self.changes[0]

    def latest(self, key: str, point: int) -> int:
        """Returns the revision of the key's last change at a point, or 0."""
        revisions = self.of_key.get(key, [])
        position = bisect.bisect_right(revisions, point)
        return revisions[position - 1] if position > 0 else 0

    def entry(self, key: str, point: int) -> int:
        """Returns the revision of the key's entry at a point, or 0 if it is absent."""
        revision = self.latest(key, point)
        return 0 if self.changes[revision].value is None else revision

    def following(self, key: str, point: int) -> int | None:
        """Returns the revision of the key's first change after a point."""
        revisions = self.of_key.get(key, [])
        position = bisect.bisect_right(revisions, point)
        return revisions[position] if position < len(revisions) else None


def main(path: str) -> int:
    """Prints what is wrong with the history in a file, and returns the status."""
    with open(path, encoding="utf-8") as file:
        checker = Checker(file)
    problems = checker.check()
    print(*problems[:MOST_LINES], sep="\n", end="\n" if problems else "")
    if not problems:
        print(f"{len(checker.operations)} operations, {len(checker.changes) - 1} changes: linearizable")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
