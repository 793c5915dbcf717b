"""Starts a whole cluster, and ends it."""
import pathlib
import shutil
import sys

from . import credentials, etcd, ports, processes, proxy
from .state import FORWARDER, PROXY, ROOT, Fault, Part, State, load, locked

ETCDS = ["etcd1", "etcd2", "etcd3"]
SERVERS = ["server1", "server2", "server3"]


def _parts(folder: pathlib.Path, program: str, addresses: list[str], etcd_flags: list[str], server_flags: list[str],
           partitions: bool) -> list[Part]:
    """Chooses the etcds' ports and writes all command lines."""
    own = ports.free(12)
    # Without partitions, everybody uses the addresses where the etcds listen.
    shown = own[6:] if partitions else own
    etcds = [Part(name, [], shown[i], shown[3 + i], own[i], own[3 + i]) for i, name in enumerate(ETCDS)]
    for part in etcds:
        part.command = etcd.command(folder, part, ",".join(f"{p.name}=https://{p.peer}" for p in etcds), etcd_flags)
    certs = folder / "certs"
    flags = [f"--etcd={','.join(p.address for p in etcds)}", f"--etcd_ca={certs / 'ca.crt'}",
             f"--etcd_user_file={folder / 'kv.etcd'}", f"--etcd_prefix={etcd.PREFIX}",
             f"--tls_cert={certs / 'server.crt'}", f"--tls_key={certs / 'server.key'}",
             f"--token_file={folder / 'tokens'}", *server_flags]
    parts = [Part(name, [program, f"--listen={address}", *flags], address, own_address=address)
             for name, address in zip(SERVERS, addresses)]
    if partitions:
        parts.append(Part(FORWARDER, ["env", f"PYTHONPATH={ROOT / 'tools'}", sys.executable, "-B", "-m", "clusterlib.forwarder",
                                      str(folder)]))
    return etcds + parts


def run(state: State, parts: list[Part]) -> None:
    """Starts parts that are dead, and returns when they are ready. First the forwarder, then etcds, servers and the proxy."""
    forwarder = [part for part in parts if part.name == FORWARDER]
    begins = {part.name: processes.start(state, part) for part in forwarder}
    processes.wait_for(state, forwarder, lambda part: processes.prints(state, part, "READY", begins[part.name]), "is not ready")
    etcds = [part for part in parts if part.peer]
    for part in etcds:
        processes.start(state, part)
    processes.wait_for(state, etcds, lambda part: etcd.status(state, part) is not None, "does not answer")
    processes.wait_for(state, etcds, lambda _: etcd.settled(state), "does not know a leader that all know")
    if etcds == state.etcds() and not (state.folder / "secured").exists():
        etcd.secure(state)
        (state.folder / "secured").touch()
    serve(state, [part for part in parts if part in state.servers()])
    front = [part for part in parts if part.name == PROXY]
    for part in front:
        processes.start(state, part)
    processes.wait_for(state, front, lambda part: proxy.accepts(part.address), "does not listen")


def serve(state: State, servers: list[Part]) -> None:
    """Starts servers, and returns when they are ready. A server waits only 5 s for its etcds, which a busy machine can exceed.
    A service manager would start it again, and so do we."""
    begins: dict[str, int] = {}
    for more in (True, True, False):
        begins |= {part.name: processes.start(state, part) for part in servers if processes.condition(part) == "dead"}
        try:
            processes.wait_for(state, servers, lambda part: processes.prints(state, part, f"READY {part.address}", begins[part.name]),
                               "did not print READY")
            return
        except Fault as fault:
            if not more or "can't use the store in etcd" not in str(fault):
                raise


def up(folder: pathlib.Path, program: str, first: int, etcd_flags: list[str], server_flags: list[str], partitions: bool,
       front: str) -> None:
    """Starts a cluster. `program` is a path, or "none" for no servers. `front` is nginx, haproxy, or "" for no proxy. If it
    fails, nothing is left running."""
    for needed in ("etcd", "etcdctl"):
        if shutil.which(needed) is None:
            raise Fault("needs etcd and etcdctl; get them: apt-get install etcd-server etcd-client")
    path = pathlib.Path(program).absolute()
    if program != "none" and not path.is_file():
        raise Fault(f"there is no server {program}; build it, name another with --servers=PROGRAM, "
                    "or start only the etcds with --servers=none")
    if front:
        if program == "none":
            raise Fault("--proxy needs servers, so --servers=none can't be given with it")
        proxy.program(front)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder):
        old = load(folder)
        if old and any(processes.condition(part) != "dead" for part in old.parts.values()):
            raise Fault(f"a cluster already runs in {folder}; end it: tools/cluster down")
        _remove(folder)
        addresses = []
        if program != "none":
            addresses = [f"{ports.HOST}:{first + i}" for i in (0, 1, 2, -1)] if first else ports.free(4)
            for address in addresses if front else addresses[:3]:
                if ports.in_use(int(address.rpartition(":")[2])):
                    raise Fault(f"{address} is in use; choose other ports with --ports=PORT")
        credentials.certificates(folder / "certs")
        credentials.tokens(folder)
        credentials.passwords(folder)
        (folder / "data").mkdir()
        parts = _parts(folder, str(path), addresses, etcd_flags, server_flags, partitions)
        if front:
            parts.append(Part(PROXY, proxy.configure(front, folder, addresses[3], addresses[:3]), addresses[3], own_address=addresses[3]))
        state = State(folder, str(pathlib.Path.cwd()), {part.name: part for part in parts})
        try:
            for part in parts:
                processes.log(state, part).write_bytes(b"")
            run(state, parts)
        except BaseException:
            processes.kill(parts)
            _remove(folder)
            raise


def down(folder: pathlib.Path) -> bool:
    """Ends everything and removes the data. Returns False if there was no cluster."""
    if not folder.is_dir():
        return False
    with locked(folder):
        state = load(folder)
        if state:
            processes.kill(list(state.parts.values()))
        _remove(folder)
    return state is not None


def _remove(folder: pathlib.Path) -> None:
    """Removes what belongs to a cluster that has ended. Keeps certificates, tokens and logs."""
    shutil.rmtree(folder / "data", ignore_errors=True)
    for name in ("state.json", "state.new", "secured", "root.etcd", "kv.etcd", "nginx.pid", "admin.sock"):
        (folder / name).unlink(missing_ok=True)
