"""nginx or haproxy in front of the servers. Each runs with stage 15's sample configuration."""
import os
import pathlib
import shutil
import socket

from .state import ROOT, Fault

PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy"}
_FILES = {"nginx": "nginx.conf", "haproxy": "haproxy.cfg"}
_LISTEN = "127.0.0.1:50050"  # these are the addresses in the sample files
_BACKENDS = ["127.0.0.1:50051", "127.0.0.1:50052", "127.0.0.1:50053"]


def program(kind: str) -> str:
    """Returns the path of nginx or haproxy. Debian has both in /usr/sbin, which is not on every user's PATH."""
    found = shutil.which(kind, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"]))
    if found is None:
        raise Fault(f"needs {kind}; get it: apt-get install {PACKAGES[kind]}")
    return found


def sample(kind: str) -> str:
    """Returns the text of the sample configuration."""
    return (ROOT / "stages/15_resilience/sample" / _FILES[kind]).read_text(encoding="utf-8")


def configure(kind: str, folder: pathlib.Path, listen: str, backends: list[str], text: str = "") -> list[str]:
    """Writes the configuration `text`, by default the sample, with these addresses into the folder. Returns the command that
    runs the proxy there. The folder must have certs/ with ca.crt, server.crt and server.key."""
    text = text or sample(kind)
    # First to words that are in no address, because the new addresses may contain the old ones.
    for old, new in zip([_LISTEN, *_BACKENDS], ["LISTEN", "BACKEND1", "BACKEND2", "BACKEND3"]):
        text = text.replace(old, new)
    for old, new in zip(["LISTEN", "BACKEND1", "BACKEND2", "BACKEND3"], [listen, *backends]):
        text = text.replace(old, new)
    (folder / _FILES[kind]).write_text(text, encoding="utf-8")
    if kind == "nginx":
        return [program(kind), "-e", "stderr", "-p", str(folder), "-c", _FILES[kind]]
    return [program(kind), "-C", str(folder), "-f", _FILES[kind]]


def accepts(address: str) -> bool:
    """Whether a program accepts connections at the address."""
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2.0).close()
    except OSError:
        return False
    return True
