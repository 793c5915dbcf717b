"""Measures stage 14 on three etcds beside the same etcds alone."""
import contextlib
import json
import pathlib
import statistics
import subprocess
import tempfile
from collections.abc import Iterator

from clusterlib import ports
from stagelib import packages

from . import servers

ROUNDS = 7
RATIOS = {"puts": ("puts", "etcd_puts"), "put": ("put_seconds", "etcd_put_seconds"), "gets": ("gets", "etcd_gets"),
          "many gets": ("many_gets", "etcd_many_gets")}


@contextlib.contextmanager
def etcds(folder: pathlib.Path) -> Iterator[str]:
    """Runs three etcds without TLS. Yields their addresses."""
    own = ports.free(6)
    peers = ",".join(f"etcd{i}=http://{own[3 + i]}" for i in range(3))
    with contextlib.ExitStack() as stack:
        for i in range(3):
            client, peer = f"http://{own[i]}", f"http://{own[3 + i]}"
            stack.enter_context(servers.programs.started(
                "etcd", f"--name=etcd{i}", f"--data-dir={folder}/{i}", f"--listen-client-urls={client}", f"--advertise-client-urls={client}",
                f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster={peers}",
                "--logger=zap", "--log-outputs=stderr", stderr=subprocess.DEVNULL))
        yield ",".join(own[:3])


def once() -> dict[str, float]:
    """Returns what one run of `ratios` found."""
    with tempfile.TemporaryDirectory(dir=servers.BUILD) as folder, etcds(pathlib.Path(folder)) as addresses, \
            servers.programs.serving(f"{servers.BUILD}/stages/14_distributed/server", f"--etcd={addresses}", "--max_calls=2000") as (_, address):
        words = [f"{servers.BUILD}/tests/14_distributed/ratios", addresses, address, "2"]
        return json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=120).stdout)


def run() -> dict[str, dict]:
    """Measures and prints."""
    packages.install(["cluster"])
    servers.build([])
    subprocess.run(["ninja", "-C", servers.BUILD, "--quiet", "stages/14_distributed/server", "tests/14_distributed/ratios"], check=True)
    rounds = [once() for _ in range(ROUNDS)]
    found = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    ratios = {name: round(statistics.median(each[over] / each[under] for each in rounds), 2) for name, (over, under) in RATIOS.items()}
    for name, number in found.items():
        print(f"{name}: {number:.4g}", flush=True)
    for name, ratio in ratios.items():
        print(f"{name}, store ÷ etcd: {ratio}", flush=True)
    return {"cluster_per_second": {name: round(number) for name, number in found.items() if not name.endswith("seconds")},
            "cluster_ms": {name: round(1000 * number, 2) for name, number in found.items() if name.endswith("seconds")},
            "cluster_gain": ratios}
