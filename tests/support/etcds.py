"""Starts etcds that are one cluster, without users. For more than that, and for clusters that outlive a test: tools/cluster."""
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from clusterlib import ports
from programs import started

# etcd and etcdctl read all their flags from variables, too. Those of the user are for another cluster.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("ETCD_", "ETCDCTL_"))} | {"ETCDCTL_API": "3"}


@contextlib.contextmanager
def etcds(count: int, *flags: str, certs: pathlib.Path | None = None) -> Iterator[list[tuple[subprocess.Popen, str]]]:
    """Starts etcds, with TLS for clients if there are certificates. Yields each process and its address. They may not answer yet."""
    scheme = "https" if certs else "http"
    own = ports.free(2 * count)
    peers = [f"http://{address}" for address in own[count:]]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack, open(f"{folder}/log", "w", encoding="utf-8") as log:
        running = []
        for i, (address, peer) in enumerate(zip(own, peers)):
            client = f"{scheme}://{address}"
            words = ["etcd", f"--name=etcd{i}", f"--data-dir={folder}/{i}", f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
                     f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
                     "--initial-cluster=" + ",".join(f"etcd{j}={other}" for j, other in enumerate(peers)), "--logger=zap", "--log-outputs=stderr"]
            if certs:
                words += [f"--cert-file={certs}/server.crt", f"--key-file={certs}/server.key"]
            running.append((stack.enter_context(started(*words, *flags, stderr=log, env=ENVIRONMENT)), address))
        try:
            yield running
        except BaseException:
            print(pathlib.Path(folder, "log").read_text(encoding="utf-8")[-2000:], file=sys.stderr)
            raise
