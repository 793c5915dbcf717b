"""Servers on a real etcd: what they need to start, and what they do when etcd is not well."""
import base64
import contextlib
import pathlib
import socket
import tempfile
import threading
import unittest

import h2
from one_etcd import CERTS, SERVER, Server, etcd, eventually, refused, server, serving, started
from programs import cpu_seconds


def import_of(count: int) -> str:
    """Returns the lines of an import."""
    return "".join(f'{{"key":"k{i}","value":"MQ=="}}\n' for i in range(count))


def health(one: Server) -> str:
    """Returns what a load balancer hears."""
    return one.says("health").split()[0]


class Etcd(unittest.TestCase):
    """Each test has an etcd of its own."""

    def test_users_and_tls(self) -> None:
        """The server logs in, and again when its token is no longer known. Errors tell what is wrong."""
        with etcd(tls=True) as one, tempfile.TemporaryDirectory() as folder:
            for words in (("user", "add", "root:secret"), ("user", "grant-role", "root", "root"), ("user", "add", "kv:word"),
                          ("role", "add", "kv"), ("role", "grant-permission", "kv", "readwrite", "--prefix=true", "kv/"),
                          ("user", "grant-role", "kv", "kv"), ("auth", "enable")):
                one.ctl(*words)
            user = pathlib.Path(folder, "user")
            user.write_text("kv:word\n", encoding="utf-8")
            tls = [f"--etcd={one.address}", f"--etcd_ca={CERTS}/ca.crt"]
            with server(one, *tls[1:], f"--etcd_user_file={user}") as kv:
                self.assertEqual(kv.says("put", "a", "1"), "revision 1")
                # Changing a role makes all tokens old.
                one.ctl("--user=root:secret", "role", "grant-permission", "kv", "read", "other")
                self.assertEqual(kv.says("put", "a", "2"), "revision 2")
            self.assertIn("user name is empty", refused(*tls))
            self.assertIn("permission denied", refused(*tls, f"--etcd_user_file={user}", "--etcd_prefix=other/"))
            user.write_text("kv:wrong\n", encoding="utf-8")
            said = refused(*tls, f"--etcd_user_file={user}")
            self.assertIn("authentication failed, invalid user ID or password", said)
            self.assertNotIn("wrong", said)
            user.write_text("kvword\n", encoding="utf-8")
            self.assertEqual(refused(*tls, f"--etcd_user_file={user}"), f"server: {user} must hold one line: USER:PASSWORD")
            self.assertIn("certificate verify failed", refused(f"--etcd={one.address}", f"--etcd_ca={CERTS}/other/ca.crt"))

    def test_an_answer_without_a_status(self) -> None:
        """etcd gives some when it stops. With gRPC's own retries they would abort the server."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def answer() -> None:
                with contextlib.suppress(OSError):  # the listener is closed
                    while True:
                        h2.serve(listener, h2.response((":status", "200"), ("content-type", "application/grpc")))
            threading.Thread(target=answer, daemon=True).start()
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            self.assertEqual(refused(f"--etcd={address}"), f"server: can't use the store in etcd at {address}: No status received")

    def test_prefixes_are_separate_stores(self) -> None:
        """Two stores share a cluster."""
        with etcd() as one, server(one) as first, server(one, "--etcd_prefix=second/") as second:
            self.assertEqual(first.says("put", "a", "1"), "revision 1")
            self.assertEqual(second.says("put", "b", "1"), "revision 1")
            self.assertEqual(first.says("list"), '"a" = "1" (revision 1)')
            one.ctl("put", "third/store", "2 0123456789abcdef")
            self.assertEqual(refused(f"--etcd={one.address}", "--etcd_prefix=third/"),
                             f"server: can't use the store in etcd at {one.address}: the store has format 2, and this server knows 1: "
                             "use a newer server")

    def test_a_full_etcd(self) -> None:
        """Writes fail and say so, reads go on, and when there is room again, writes do, too, without a restart."""
        with etcd("--quota-backend-bytes=500000") as one, server(one) as kv:
            kv.says("put", "a", "1")
            while "NOSPACE" not in one.ctl("alarm", "list"):
                with contextlib.suppress(AssertionError):
                    one.ctl("put", "of others", "x" * 100_000)
            self.assertEqual(kv.says("put", "a", "2"),
                             "UNAVAILABLE: etcd: mvcc: database space exceeded [NOT_WRITTEN of kv.v1] [try again after 1s]")
            self.assertEqual(kv.says("get", "a"), '"a" = "1" (revision 1)')
            eventually("health says so", lambda: health(kv) == "NOT_SERVING")
            revision = one.ctl("get", "kv/store", "--write-out=fields").split('"Revision" : ')[1].split()[0]
            one.ctl("compact", revision)
            one.ctl("defrag")
            one.ctl("alarm", "disarm")
            eventually("it has room again", lambda: health(kv) == "SERVING")
            self.assertEqual(kv.says("put", "a", "2"), "revision 2")

    def test_an_etcd_that_does_not_answer(self) -> None:
        """Calls get an answer before their deadline, stale reads go on, the server rests, and nothing is lost or there twice."""
        with etcd() as one, server(one) as kv, server(one, "--stale_reads") as stale, \
                started(*kv.words("--timeout=60s", "watch", "--after_revision=0")) as watch:
            kv.says("put", "a", "1")
            eventually("the other server has heard of it", lambda: stale.says("get", "a") == '"a" = "1" (revision 1)')
            lines = iter(watch.stdout.readline, "")
            seen = [next(lines), next(lines)]  # so the watch has begun
            one.freeze()
            unknown = kv.says("put", "a", "2")
            self.assertEqual(unknown, "UNAVAILABLE: etcd does not answer: the write may be done or not [OUTCOME_UNKNOWN of kv.v1]")
            self.assertEqual(kv.says("put", "a", "3"), "UNAVAILABLE: etcd does not answer [NOT_WRITTEN of kv.v1] [try again after 1s]")
            self.assertEqual(kv.says("get", "a"), "UNAVAILABLE: etcd does not answer [LOG_UNAVAILABLE of kv.v1] [try again after 1s]")
            self.assertEqual(health(kv), "NOT_SERVING")
            eventually("a server without calls notices, too", lambda: health(stale) == "NOT_SERVING")
            self.assertEqual(stale.says("get", "a"), '"a" = "1" (revision 1)')
            self.assertIn("UNAVAILABLE", stale.says("--timeout=4500ms", "watch"))
            before = cpu_seconds(kv.process)
            kv.says("get", "a")
            self.assertLess(cpu_seconds(kv.process) - before, 0.2)
            one.go_on()
            eventually("it works again", lambda: health(kv) == "SERVING")
            last = kv.says("put", "last", "1")
            self.assertIn(last, ("revision 2", "revision 3"))  # etcd may have had the second write, or not
            seen += [next(lines) for _ in range(int(last.split()[1]) - 1)]
            self.assertEqual(seen[-1], f'"last" = "1" ({last})\n')
            self.assertEqual(sum('"a" = "2"' in line for line in seen), len(seen) - 3)

    def test_far_behind(self) -> None:
        """A server that was frozen meanwhile loads again. etcd has compacted all that it missed, deletions among it."""
        with etcd() as one, server(one, "--history=10") as busy, server(one, "--history=10") as behind, \
                started(*behind.words("--timeout=60s", "watch", "--after_revision=0")) as watch:
            busy.says("put", "gone", "1")
            self.assertEqual(behind.says("get", "gone"), '"gone" = "1" (revision 1)')
            self.assertEqual([watch.stdout.readline() for _ in range(2)],
                             ["watching after revision 0\n", '"gone" = "1" (revision 1)\n'])
            behind.process.send_signal(19)  # SIGSTOP
            busy.says("delete", "gone")
            with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                file.write(import_of(50))
                file.flush()
                for _ in range(6):
                    self.assertIn("imported 50", busy.says("import", file.name))
            revision = one.ctl("get", "kv/store", "--write-out=fields").split('"Revision" : ')[1].split()[0]
            one.ctl("compact", revision)
            behind.process.send_signal(18)  # SIGCONT
            self.assertIn('"k7" = "1"', behind.says("get", "k7"))
            self.assertIn("NOT_FOUND", behind.says("get", "gone"))
            self.assertEqual(watch.wait(timeout=30), 11)  # OUT_OF_RANGE
            self.assertLess(one.ctl("get", "--prefix", "kv/changes/", "--keys-only").count("kv/changes/"), 10 + 100 + 60)

    def test_a_member_that_never_answers(self) -> None:
        """The server asks another one. Which one it asks first is random, so several servers start."""
        with etcd() as one, socket.create_server(("127.0.0.1", 0)) as silent:
            members = f"127.0.0.1:{silent.getsockname()[1]},{one.address}"
            for _ in range(5):
                with serving(SERVER, f"--etcd={members}") as (process, address):
                    self.assertRegex(Server(process, address).says("put", "a", "1"), r"^revision \d$")

    def test_the_largest_writes(self) -> None:
        """What we let pass, etcd takes."""
        with etcd() as one, server(one, f"--etcd_prefix={'long' * 50}/") as kv, tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            size = (700 << 10) // 60 - len("k00")
            value = base64.b64encode(b"x" * size).decode()
            for end, said in (("", "imported 60 (revision 60)"), ("xx", "are too much for the log")):
                file.seek(0)
                file.writelines(f'{{"key":"k{i:02}{end}","value":"{value}"}}\n' for i in range(60))
                file.flush()
                self.assertIn(said, kv.says("import", file.name))

    def test_nobody_there(self) -> None:
        """The server waits a little for etcd, and says what it waited for."""
        self.assertRegex(refused("--etcd=127.0.0.1:1"), r"^server: can't use the store in etcd at 127\.0\.0\.1:1: "
                         "failed to connect to all addresses; last error: .*Connection refused")


if __name__ == "__main__":
    unittest.main()
