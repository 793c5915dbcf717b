"""Certificates, tokens and passwords of a cluster. All files can be read only by their owner."""
import importlib.machinery
import importlib.util
import pathlib
import secrets
import types

from .state import ROOT, Fault


def _certs() -> types.ModuleType:
    """Loads tools/certs, which is a program without .py in its name."""
    loader = importlib.machinery.SourceFileLoader("certs", str(ROOT / "tools/certs"))
    spec = importlib.util.spec_from_loader("certs", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def certificates(folder: pathlib.Path) -> None:
    """Makes ca, server and peer certificates in the folder, as far as they are missing.

    An etcd is a server and a client for its peers, but has only one certificate for both (--peer-cert-file). Those that
    the command tools/certs makes are good for one of the two, so we call its functions with both usages.
    """
    certs = _certs()
    folder.mkdir(exist_ok=True)
    for name, make in (("ca", lambda: certs.authority(folder)),
                       ("server", lambda: certs.certificate(folder, "server", certs.THIS_MACHINE, "serverAuth")),
                       ("peer", lambda: certs.certificate(folder, "peer", certs.THIS_MACHINE, "serverAuth,clientAuth"))):
        there = [path for path in (folder / f"{name}.crt", folder / f"{name}.key") if path.exists()]
        if len(there) == 1:
            raise Fault(f"{there[0]} is there without its other half; remove it first")
        if not there:
            make()


def _write(path: pathlib.Path, text: str) -> None:
    """Writes a file that only its owner can read."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")


def tokens(folder: pathlib.Path) -> None:
    """Makes new tokens for the servers' users: tokens, alice.token and bob.token."""
    made = {"alice": secrets.token_urlsafe(24), "bob": secrets.token_urlsafe(24)}
    _write(folder / "tokens", f"alice {made['alice']} writer\nbob {made['bob']} reader\n")
    for user, token in made.items():
        _write(folder / f"{user}.token", token + "\n")


def passwords(folder: pathlib.Path) -> None:
    """Makes new passwords for etcd's users: root.etcd and kv.etcd, each with one line USER:PASSWORD."""
    for user in ("root", "kv"):
        _write(folder / f"{user}.etcd", f"{user}:{secrets.token_urlsafe(24)}\n")


def password(folder: pathlib.Path, user: str) -> str:
    """Returns the password of one of etcd's users."""
    return (folder / f"{user}.etcd").read_text(encoding="ascii").strip().partition(":")[2]
