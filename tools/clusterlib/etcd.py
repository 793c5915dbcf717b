"""etcd: its command line, its users, and what it says about itself.

We call etcd by its JSON gateway (POST /v3/...), which needs no other program and shows no password in a list of processes.
"""
import base64
import dataclasses
import functools
import http.client
import json
import os
import pathlib
import ssl
from typing import NoReturn

from . import credentials, processes
from .state import Fault, Part, State

PREFIX = "kv/"
_tokens: dict[pathlib.Path, str] = {}  # of user root, by cluster; every etcd knows it


@dataclasses.dataclass(frozen=True)
class Status:
    """What one etcd says. Its member ID is `member`; `leader` is the ID of the leader, 0 if it knows none."""

    member: int
    leader: int
    term: int


def command(folder: pathlib.Path, part: Part, cluster: str, flags: list[str]) -> list[str]:
    """Returns the command that runs one etcd. `cluster` is NAME=URL,... of all three.

    --pre-vote, the default since etcd 3.5, keeps a member that was cut off from forcing an election when it comes back.
    The history is compacted so that the database does not grow without end.
    """
    certs = folder / "certs"
    return ["etcd", f"--name={part.name}", f"--data-dir={folder / 'data' / part.name}",
            f"--listen-client-urls=https://{part.own_address}", f"--advertise-client-urls=https://{part.address}",
            f"--listen-peer-urls=https://{part.own_peer}", f"--initial-advertise-peer-urls=https://{part.peer}",
            f"--initial-cluster={cluster}", f"--initial-cluster-token={folder}",
            f"--cert-file={certs / 'server.crt'}", f"--key-file={certs / 'server.key'}",
            f"--peer-cert-file={certs / 'peer.crt'}", f"--peer-key-file={certs / 'peer.key'}",
            "--peer-client-cert-auth", f"--peer-trusted-ca-file={certs / 'ca.crt'}",
            "--pre-vote", "--auto-compaction-mode=periodic", "--auto-compaction-retention=10m",
            "--logger=zap", "--log-outputs=stderr", *flags]


@functools.cache
def _tls(authority: pathlib.Path) -> ssl.SSLContext:
    """Trusts only our CA. Python 3.13's stricter rules ask for an extension that our certificates don't have."""
    context = ssl.create_default_context(cafile=str(authority))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def call(state: State, part: Part, path: str, body: dict, token: str = "") -> dict:
    """Calls one etcd. Raises OSError or http.client.HTTPException if it doesn't answer, Fault if it answers with an error."""
    host, _, port = part.own_address.partition(":")
    connection = http.client.HTTPSConnection(host, int(port), timeout=2.0, context=_tls(state.folder / "certs/ca.crt"))
    try:
        headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
        connection.request("POST", f"/v3/{path}", json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    finally:
        connection.close()
    if response.status != 200:
        raise Fault(f"{part.name}: {path}: {answer.get('error', answer)}")
    return answer


def status(state: State, part: Part) -> Status | None:
    """Asks an etcd, not through the forwarder. None if it doesn't answer. Later versions of etcd 3.5 answer only to users."""
    try:
        try:
            answer = call(state, part, "maintenance/status", {}, _tokens.get(state.folder, ""))
        except Fault:
            _tokens[state.folder] = login(state, part, "root")
            answer = call(state, part, "maintenance/status", {}, _tokens[state.folder])
    except (OSError, http.client.HTTPException, Fault, ValueError):
        return None
    header = answer["header"]
    return Status(int(header["member_id"]), int(answer.get("leader", 0)), int(answer.get("raftTerm", 0)))


def leader(state: State) -> Part | None:
    """Returns the etcd that leads, None if there is none. A member that was cut off may not know yet that it no longer leads."""
    said = [(one.term, part) for part in state.etcds() if processes.condition(part) == "running"
            and (one := status(state, part)) and one.leader == one.member]
    return max(said, key=lambda pair: pair[0])[1] if said else None


def _reachable(state: State) -> list[Part]:
    """Returns the etcds that run and are not cut off."""
    return [part for part in state.etcds() if processes.condition(part) == "running" and part.name not in state.cut]


def settled(state: State) -> bool:
    """Whether all reachable etcds answer and, if they are a majority, have the same reachable leader."""
    said = [status(state, part) for part in _reachable(state)]
    members = {one.member for one in said if one}
    return None not in said and (len(said) < 2 or len({(one.leader, one.term) for one in said if one}) == 1
                                 and all(one.leader in members for one in said if one))


def ready(state: State) -> bool:
    """Whether all reachable etcds are settled and, if they are a majority, can commit."""
    parts = _reachable(state)
    return settled(state) and (len(parts) < 2 or all(commits(state, part) for part in parts))


def login(state: State, part: Part, user: str) -> str:
    """Returns a new token. Raises what call() does."""
    return call(state, part, "auth/authenticate", {"name": user, "password": credentials.password(state.folder, user)})["token"]


def commits(state: State, part: Part) -> bool:
    """Whether an etcd can commit with authentication on: a login has to go through the Raft log."""
    try:
        return bool(login(state, part, "kv"))
    except (OSError, http.client.HTTPException, Fault, ValueError):
        return False


def secure(state: State) -> None:
    """Makes the users root and kv, and turns authentication on. Returns when every etcd knows."""
    names = {user: credentials.password(state.folder, user) for user in ("root", "kv")}
    key, end = PREFIX, PREFIX[:-1] + chr(ord(PREFIX[-1]) + 1)  # all keys from PREFIX to before `end`
    grant = {"permType": "READWRITE", "key": base64.b64encode(key.encode()).decode(), "range_end": base64.b64encode(end.encode()).decode()}
    for user, word in names.items():
        call(state, state.etcds()[0], "auth/user/add", {"name": user, "password": word})
        call(state, state.etcds()[0], "auth/role/add", {"name": user})
        call(state, state.etcds()[0], "auth/user/grant", {"user": user, "role": user})
    call(state, state.etcds()[0], "auth/role/grant", {"name": "kv", "perm": grant})
    call(state, state.etcds()[0], "auth/enable", {})
    processes.wait_for(state, state.etcds(), lambda part: commits(state, part), "did not turn authentication on")


def etcdctl(state: State, words: list[str]) -> NoReturn:
    """Becomes etcdctl, as root. In --endpoints=..., an etcd's name stands for its address."""
    addresses = {part.name: f"https://{part.address}" for part in state.etcds()}
    words = [word if not word.startswith("--endpoints=") else
             "--endpoints=" + ",".join(addresses.get(one, one) for one in word.partition("=")[2].split(",")) for word in words]
    environment = {"ENDPOINTS": ",".join(addresses.values()), "CACERT": str(state.folder / "certs/ca.crt"), "API": "3"}
    if not any(word.startswith(("--user", "--password")) for word in words):
        environment.update(USER="root", PASSWORD=credentials.password(state.folder, "root"))
    # etcdctl does not accept a variable and a flag for the same thing.
    kept = {f"ETCDCTL_{name}": value for name, value in environment.items()
            if not any(word.partition("=")[0] == f"--{name.lower()}" for word in words)}
    os.execvpe("etcdctl", ["etcdctl", *words], {**processes.ENVIRONMENT, **kept})
