"""The commands that do something to a running cluster, and the one that shows it."""
import pathlib
import signal

from . import cluster, etcd, processes
from .state import FORWARDER, PROXY, Fault, Part, State, found, locked

ELECTION = 10.0  # seconds that the name `leader` waits for one


def _find(state: State, names: list[str]) -> list[Part]:
    """Returns the parts with these names, each once. Raises Fault if one doesn't exist."""
    for name in names:
        if name != "leader" and name not in state.names():
            raise Fault(f"there is no {name}; there are {', '.join(state.names())}, and leader")
    chosen: dict[str, Part] = {}
    for name in names:
        part = _leader(state) if name == "leader" else state.parts[name]
        chosen[part.name] = part
    return list(chosen.values())


def _leader(state: State) -> Part:
    """Returns the etcd that leads. If there is none, waits for an election."""
    leaders: list[Part] = []

    def leads() -> bool:
        leaders.extend(part for part in [etcd.leader(state)] if part)
        return bool(leaders)
    processes.wait(leads, "no etcd became leader", ELECTION)
    return leaders[0]


def _complete(folder: pathlib.Path) -> State:
    """Reads the state of a cluster that `up` has started completely."""
    state = found(folder)
    if not (folder / "secured").exists():
        raise Fault("this cluster was not started completely; end it: tools/cluster down")
    return state


def kill(folder: pathlib.Path, names: list[str]) -> None:
    """Kills parts with SIGKILL."""
    with locked(folder):
        parts = _find(found(folder), names)
        processes.kill(parts)
    for part in parts:
        print(f"{part.name} is dead")


def freeze(folder: pathlib.Path, names: list[str]) -> None:
    """Stops parts with SIGSTOP. Their connections stay open."""
    with locked(folder):
        for part in _find(found(folder), names):
            if processes.condition(part) == "dead":
                raise Fault(f"{part.name} is dead; start it again: tools/cluster heal {part.name}")
            processes.send(part, signal.SIGSTOP)
            processes.wait(lambda part=part: processes.condition(part) != "running", f"{part.name} did not stop")
            print(f"{part.name} is frozen")


def _cut(state: State, names: list[str]) -> None:
    """Tells the forwarder which parts are cut off, and returns when it has obeyed."""
    state.cut = names
    state.save()
    forwarder = state.parts[FORWARDER]
    begin = processes.log(state, forwarder).stat().st_size
    processes.send(forwarder, signal.SIGHUP)
    processes.wait_for(state, [forwarder], lambda part: processes.prints(state, part, " ".join(["CUT", *sorted(names)]), begin),
                       "does not react")


def partition(folder: pathlib.Path, names: list[str]) -> None:
    """Cuts parts off from everybody who uses the etcds' addresses."""
    with locked(folder):
        state = found(folder)
        parts = _find(state, names)
        if PROXY in (part.name for part in parts):
            raise Fault("the proxy does not call etcd; cut off a server, or freeze the proxy")
        if FORWARDER not in state.parts:
            raise Fault("this cluster has no forwarder that could cut connections; start it with: tools/cluster up --partitions")
        _cut(state, list(dict.fromkeys([*state.cut, *(part.name for part in parts)])))
    for part in parts:
        print(f"{part.name} is cut off")


def heal(folder: pathlib.Path, names: list[str]) -> None:
    """Undoes kill, freeze and partition for these parts, or for all. Returns when they run and the etcds have a leader."""
    with locked(folder):
        state = _complete(folder)
        parts = _find(state, names) if names else list(state.parts.values())
        dead = [part for part in parts if processes.condition(part) == "dead"]
        cluster.run(state, [part for part in dead if part.name == FORWARDER])
        for part in parts:
            processes.send(part, signal.SIGCONT)
        if left := {part.name for part in parts} & set(state.cut):
            _cut(state, [name for name in state.cut if name not in left])
        cluster.run(state, [part for part in dead if part.name != FORWARDER])
        processes.wait_for(state, [part for part in parts if part.peer], lambda _: etcd.ready(state),
                           "is not ready")
    for part in parts:
        print(f"{part.name} is {_words(state, part)}")


def restart(folder: pathlib.Path, names: list[str]) -> None:
    """Ends parts with SIGTERM and starts them again, one after the other. Each is ready before the next one ends."""
    with locked(folder):
        state = _complete(folder)
        for part in _find(state, names):
            if processes.condition(part) == "frozen":
                raise Fault(f"{part.name} is frozen and can't end; first: tools/cluster heal {part.name}")
            processes.send(part, signal.SIGTERM)
            processes.wait(lambda part=part: processes.condition(part) == "dead", f"{part.name} did not end")
            cluster.run(state, [part])
            if part.peer:
                processes.wait_for(state, [part], lambda _: etcd.ready(state), "is not ready")
            print(f"{part.name} runs again", flush=True)


def _words(state: State, part: Part) -> str:
    """Returns running, frozen or dead, and whether the part is cut off."""
    word = processes.condition(part)
    return word if part.name not in state.cut else "cut off" if word == "running" else f"{word}, cut off"


def status(folder: pathlib.Path) -> None:
    """Prints a table of all parts. The etcds themselves say which one leads, also those that are cut off."""
    state = found(folder)
    rows = [["NAME", "ADDRESS", "STATE", "ROLE"]]
    for part in state.parts.values():
        row = [part.name, part.address, _words(state, part)]
        if part.peer and processes.condition(part) == "running":
            if one := etcd.status(state, part):
                role = "leader" if one.leader == one.member else "follower" if one.leader else "no leader"
                row.append(role)
            else:
                row.append("no answer")
        rows.append(row + [""] * (len(rows[0]) - len(row)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip())
