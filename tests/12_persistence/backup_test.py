#!/usr/bin/env python3
"""Copies a store while clients write to it: backup_test.py SERVER CLIENT LOAD BACKUP"""
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from programs import serving, started


def check(copy: pathlib.Path, name: str, last: int) -> None:
    """A copy has a name of its own, all changes until `last` at least, and the entries that they lead to."""
    database = sqlite3.connect(copy / "kv.db")
    assert database.execute("SELECT id FROM store").fetchone()[0] != name, "the copy has the name of the store"
    entries: dict[str, tuple[bytes, int]] = {}
    revision = 0
    for revision, deleted, key, value in database.execute("SELECT revision, deleted, key, value FROM changes ORDER BY revision"):
        entries[key] = (value, revision)
        if deleted:
            del entries[key]
    found = {key: (value, written) for key, value, written in database.execute("SELECT * FROM entries")}
    assert found == entries, "the entries are not what the changes lead to"
    assert revision >= last, f"revision {revision} is older than {last}"
    database.close()


def main(server: str, client: str, load: str, backup: str) -> None:
    """Raises AssertionError if a copy is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        data, path = f"{folder}/data", pathlib.Path(folder)
        with serving(server, f"--data={data}", "--history=1000000") as (_, address), started(load, "", "", address, stdout=subprocess.DEVNULL) as writing:
            database = sqlite3.connect(path / "data" / "kv.db")
            name = database.execute("SELECT id FROM store").fetchone()[0]
            database.close()
            for number in range(3):
                put = subprocess.run([client, f"--target={address}", "put", "before", str(number)], check=True, stdout=subprocess.PIPE, text=True)
                subprocess.run([backup, data, f"{folder}/{number}"], check=True)
                check(path / str(number), name, int(put.stdout.split()[1]))
            again = subprocess.run([backup, data, f"{folder}/0"], check=False, stderr=subprocess.PIPE, text=True)
            assert again.returncode == 1 and "File exists" in again.stderr, again
            absent = subprocess.run([backup, f"{folder}/absent", f"{folder}/never"], check=False, stderr=subprocess.PIPE, text=True)
            assert absent.returncode == 1 and "unable to open" in absent.stderr and not (path / "never").exists(), absent
            writing.communicate()
            assert writing.returncode == 0, "the writers met an error"
        with serving(server, f"--data={folder}/2") as (_, address):
            subprocess.run([client, f"--target={address}", "get", "before"], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
