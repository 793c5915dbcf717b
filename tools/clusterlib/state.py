"""What we know about a cluster: its parts, their addresses and processes, and what is cut off.

It is kept in FOLDER/state.json, so that each command finds the cluster that an earlier one started.
"""
import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORWARDER = "forwarder"
PROXY = "proxy"


class Fault(Exception):
    """Something is wrong that the user can understand: one sentence, which may be followed by lines of a log."""


@dataclasses.dataclass
class Part:
    """One program of the cluster. Empty addresses are those that it doesn't have."""

    name: str
    command: list[str]
    address: str = ""  # where clients reach it
    peer: str = ""  # where the other etcds reach it
    own_address: str = ""  # where it listens; differs from `address` if the forwarder is in between
    own_peer: str = ""
    pid: int = 0  # also its process group
    started: int = 0  # the start time of `pid` in the kernel's clock ticks; together they name a process for good


@dataclasses.dataclass
class State:
    """The cluster in one folder."""

    folder: pathlib.Path
    cwd: str  # the directory of all programs, so that relative paths in the servers' flags mean what they meant for `up`
    parts: dict[str, Part] = dataclasses.field(default_factory=dict)
    cut: list[str] = dataclasses.field(default_factory=list)

    def save(self) -> None:
        """Writes the state atomically, because the forwarder may be reading it."""
        new = self.folder / "state.new"
        new.write_text(json.dumps({"cwd": self.cwd, "cut": self.cut, "parts": [vars(p) for p in self.parts.values()]}, indent=1),
                       encoding="utf-8")
        os.replace(new, self.folder / "state.json")

    def etcds(self) -> list[Part]:
        """Returns the three etcds."""
        return [part for part in self.parts.values() if part.peer]

    def servers(self) -> list[Part]:
        """Returns the key-value servers; none after `up --servers=none`."""
        return [part for part in self.parts.values() if part.address and not part.peer and part.name != PROXY]

    def names(self) -> list[str]:
        """Returns the names that a user can give to a command."""
        return [part.name for part in self.parts.values() if part.name != FORWARDER]


def load(folder: pathlib.Path) -> State | None:
    """Reads the state; None if there is no cluster in the folder."""
    try:
        read = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return State(folder, read["cwd"], {part["name"]: Part(**part) for part in read["parts"]}, read["cut"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Fault(f"can't read {folder / 'state.json'}: {error}") from error


def found(folder: pathlib.Path) -> State:
    """Reads the state. Raises Fault if there is no cluster in the folder."""
    if (state := load(folder)) is None:
        raise Fault(f"no cluster in {folder}; start one: tools/cluster up")
    return state


@contextlib.contextmanager
def locked(folder: pathlib.Path) -> Iterator[None]:
    """Lets only one command at a time change the cluster. Others wait. The folder must exist."""
    with (folder / "lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
