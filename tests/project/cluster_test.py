"""Tests tools/cluster: one cluster with partitions, whose parts fail and heal, and what it says when it can't start."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable

# A cluster outlives us unless we end it, also when Meson ends us.
signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools/cluster"
SECONDS = 15.0
# A server that asks the first etcd again and again. As gRPC does, it uses an IPv6 socket for the IPv4 address.
# Its first start fails, as on a machine where etcd is slow.
SERVER = f"""#!{sys.executable}
import pathlib, socket, ssl, sys, time
flags = dict(word.removeprefix("--").partition("=")[::2] for word in sys.argv[1:])
address = flags["listen"]
started = pathlib.Path(sys.argv[0]).with_name(address)
if not started.exists():
    started.touch()
    sys.exit("can't use the store in etcd")
listener = socket.create_server(("127.0.0.1", int(address.partition(":")[2])))
port = int(flags["etcd"].split(",")[0].partition(":")[2])
context = ssl.create_default_context(cafile=flags["etcd_ca"])
assert flags["stale"] == "" and open(flags["etcd_user_file"]).read().startswith("kv:")
print("READY", address, flush=True)
while True:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(0.5)
        try:
            sock.connect(("::ffff:127.0.0.1", port))
            context.wrap_socket(sock, server_hostname="127.0.0.1").close()
            print("reached", flush=True)
        except OSError:
            print("cut", flush=True)
    time.sleep(0.05)
"""


def cluster(folder: pathlib.Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs tools/cluster."""
    return subprocess.run([TOOL, f"--folder={folder}", *words], capture_output=True, text=True, check=False, timeout=60,
                          env={**os.environ, **environment})


def processes(folder: pathlib.Path) -> list[str]:
    """Returns the command lines of all living processes that name the folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it has ended
    return [line for line in found if str(folder) in line]


@unittest.skipUnless(shutil.which("etcd") and shutil.which("etcdctl"), "needs etcd-server and etcd-client")
class Cluster(unittest.TestCase):
    """Each test ends its cluster."""

    def setUp(self) -> None:
        self.scratch = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder = self.scratch / "cluster"
        self.server = self.scratch / "server"
        self.server.write_text(SERVER, encoding="utf-8")
        self.server.chmod(0o755)
        self.addCleanup(cluster, self.folder, "down")

    def does(self, *words: str) -> str:
        """Runs a command that must succeed, and returns what it prints."""
        done = cluster(self.folder, *words)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def fails(self, *words: str, **environment: str) -> str:
        """Runs a command that must fail with one clear error, and returns it."""
        done = cluster(self.folder, *words, **environment)
        self.assertEqual(done.returncode, 1, f"{words}: {done.stdout}{done.stderr}")
        self.assertRegex(done.stderr, r"\Atools/cluster: ")
        return done.stderr

    def rows(self) -> dict[str, str]:
        """Returns the table's rows by name, with one space between their words."""
        lines = [" ".join(line.split()) for line in self.does("status").splitlines()[1:]]
        return {line.split()[0]: line for line in lines}

    def leader(self) -> str:
        """Returns the name of the etcd that leads among those that are not cut off, or nothing."""
        return next((name for name, row in self.rows().items() if "running leader" in row), "")

    def until(self, check: Callable[[], bool], what: str) -> None:
        """Polls until the check passes."""
        deadline = time.monotonic() + SECONDS
        while not check():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def says_next(self, server: str) -> str:
        """Returns the second line that a server prints from now on. The first may be about a connection from before."""
        log = self.folder / f"{server}.log"
        begin = len(log.read_text(encoding="utf-8").splitlines())
        self.until(lambda: len(log.read_text(encoding="utf-8").splitlines()) > begin + 1, f"{server} is silent")
        return log.read_text(encoding="utf-8").splitlines()[begin + 1]

    def as_kv(self, password: str, *words: str) -> subprocess.CompletedProcess:
        """Runs etcdctl as the servers' user. tools/cluster runs it as root."""
        state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        return subprocess.run(["etcdctl", *words], capture_output=True, text=True, check=False, timeout=30, env={
            "PATH": os.environ["PATH"], "ETCDCTL_API": "3", "ETCDCTL_USER": password,
            "ETCDCTL_ENDPOINTS": "https://" + state["parts"][0]["address"],
            "ETCDCTL_CACERT": str(self.folder / "certs/ca.crt")})

    def test_failures(self) -> None:
        front = [f"--proxy={kind}" for kind in ("haproxy", "nginx") if shutil.which(kind, path="/usr/sbin")][:1]
        shown = self.does("up", f"--servers={self.server}", "--ports=0", "--partitions", *front, "--", "--stale")
        self.assertEqual("proxy" in self.rows(), bool(front))
        self.assertRegex(shown, r"clients need: --ca=\S+/certs/ca\.crt --token_file=\S+/alice\.token( --pick_healthy=false)?\n\Z")
        self.assertEqual("--pick_healthy=false" in shown, bool(front))
        self.assertIn("a cluster already runs in", self.fails("up", "--servers=none"))
        self.assertIn("there is no etcd4; there are etcd1, ", self.fails("kill", "etcd4"))
        for path in self.folder.rglob("*"):
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertRegex((self.folder / "tokens").read_text(encoding="ascii"), r"\Aalice \S{32} writer\nbob \S{32} reader\n\Z")

        self.until(lambda: cluster(self.folder, "etcdctl", "put", "kv/city", "Oslo").stdout == "OK\n", "nobody can write")
        password = (self.folder / "kv.etcd").read_text(encoding="ascii").strip()
        self.assertRegex(password, r"\Akv:\S{32}\Z")
        self.assertNotIn(password[3:], "".join(processes(self.folder)))
        # On a machine with much to do, a login may meet an election.
        self.until(lambda: self.as_kv(password, "get", "kv/city").stdout == "kv/city\nOslo\n", "user kv can't read")
        self.assertIn("permission denied", self.as_kv(password, "put", "other", "1").stderr)

        old = self.leader()
        self.assertEqual(self.does("kill", "leader"), f"{old} is dead\n")
        self.assertTrue(self.rows()[old].endswith(" dead"))
        self.until(lambda: self.leader() not in ("", old), "no new leader")
        self.does("heal", old)
        self.assertEqual(self.does("etcdctl", f"--endpoints={old}", "get", "kv/city"), "kv/city\nOslo\n")

        old = self.leader()
        others = ",".join({"etcd1", "etcd2", "etcd3"} - {old})
        self.does("partition", "leader")
        self.assertIn(" cut off ", self.rows()[old])
        self.until(lambda: "no leader" in self.rows()[old] and self.leader() not in ("", old), "no new leader")
        alone = cluster(self.folder, "etcdctl", f"--endpoints={old}", "--dial-timeout=500ms", "--command-timeout=500ms", "get", "kv/city")
        self.assertIn("deadline exceeded", alone.stderr)
        self.does("etcdctl", f"--endpoints={others}", "put", "kv/city", "Rome")
        self.does("heal")
        self.assertEqual(self.does("etcdctl", f"--endpoints={old}", "get", "kv/city"), "kv/city\nRome\n")

        self.does("partition", "server1")
        self.assertEqual([self.says_next("server1"), self.says_next("server2")], ["cut", "reached"])
        self.assertEqual(self.does("heal", "server1"), "server1 is running\n")
        self.assertEqual(self.says_next("server1"), "reached")

        self.does("freeze", "etcd1", "server3")
        self.does("kill", "server2")
        self.assertEqual([re.search(r"frozen|dead", self.rows()[n])[0] for n in ("etcd1", "server2", "server3")],
                         ["frozen", "dead", "frozen"])
        self.assertIn("server2 is dead", self.fails("freeze", "server2"))
        self.does("heal")
        for row in self.rows().values():
            self.assertIn(" running", row)
        self.assertEqual(self.does("restart", "etcd1", "server1", *(["proxy"] if front else [])),
                         "etcd1 runs again\nserver1 runs again\n" + ("proxy runs again\n" if front else ""))
        self.does("freeze", "etcd2")
        self.assertIn("etcd2 is frozen and can't end", self.fails("restart", "etcd2"))
        self.does("down")
        self.assertEqual(processes(self.folder), [])
        self.assertFalse((self.folder / "data").exists())
        self.assertTrue((self.folder / "certs/ca.crt").exists())
        self.assertIn("no cluster in", self.fails("status"))

    def test_no_start(self) -> None:
        self.assertIn("there is no server /nowhere; ", self.fails("up", "--servers=/nowhere"))
        self.assertIn("--proxy needs servers", self.fails("up", "--servers=none", "--proxy=nginx"))
        python = self.scratch / "bin/python3"  # a PATH where there is no etcd
        python.parent.mkdir()
        python.symlink_to(sys.executable)
        self.assertEqual(self.fails("up", "--servers=none", PATH=str(python.parent)),
                         "tools/cluster: needs etcd and etcdctl; get them: apt-get install etcd-server etcd-client\n")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assertIn(f"127.0.0.1:{port} is in use", self.fails("up", f"--servers={self.server}", f"--ports={port}"))
        self.server.write_text("#!/bin/sh\necho no luck; exit 3\n", encoding="utf-8")
        error = self.fails("up", f"--servers={self.server}", "--ports=0")
        self.assertIn("server1 has ended", error)
        self.assertEqual(error.count("\n  no luck\n"), 1, error)
        self.assertEqual(processes(self.folder), [])
        self.assertFalse((self.folder / "state.json").exists())


if __name__ == "__main__":
    unittest.main()
