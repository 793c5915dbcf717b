"""A durable Put in Python, for the page of stage 12: the tables are those of our server. PYTHONPATH must contain the folder kv/."""
import sqlite3
import threading

from kv.v1 import kv_pb2, kv_pb2_grpc


class Servicer(kv_pb2_grpc.KeyValueServiceServicer):
    """Answers Put from the store in a file that our server has made."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous = FULL")
        self._lock = threading.Lock()

    # [put]
    def Put(self, request, context):
        with self._lock, self._database:  # one Put at a time
            self._database.execute("BEGIN IMMEDIATE")
            [revision] = self._database.execute(
                "SELECT coalesce(max(revision), 0) + 1 FROM changes").fetchone()
            self._database.execute(
                "INSERT INTO changes VALUES (?, 0, ?, ?)",
                (revision, request.key, request.value))
            self._database.execute(
                "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
                (request.key, request.value, revision))
        # The end of `with` has committed, and has waited for the disk.
        return kv_pb2.PutResponse(revision=revision)
    # [put]

    def close(self) -> None:
        self._database.close()
