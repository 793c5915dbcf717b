"""Makes bare Debian roots once, and runs commands in them without changing them.

Nothing writes to a root after it is made: each run mounts an overlay on top of it. A run has its own
mount namespace for its mounts and its own PID namespace for its processes, so the kernel removes both
when the run ends, even if it is killed.
"""
import contextlib
import datetime
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = pathlib.Path(os.environ.get("FRESH_DIR", "/var/cache/grpc-by-stages"))
RELEASES = {"bookworm": "bookworm", "trixie": "trixie", "newest": "sid"}  # our name and Debian's
BARE = "ca-certificates,git,python3,sudo"
READER, READER_ID = "reader", 1000
HOME = pathlib.Path("home", READER)
ARCHIVES = pathlib.Path("var/cache/apt/archives")
# The packages that `newest` takes from the experimental suite. Abseil comes from unstable, which they were built with.
FROM_EXPERIMENTAL = "Package: src:grpc src:protobuf\nPin: release a=experimental\nPin-Priority: 990\n"
# Runs as root in new namespaces. $1 is the run's folder, $2 the lower layer of the overlay, $3 the folder of
# ccache or an empty string, and the rest is the command.
ENTER = r"""set -eu
run=$1 lower=$2 ccache=$3; shift 3
root=$run/root
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$run/upper,workdir=$run/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -n "$ccache" ]; then mount --bind "$ccache" "$root/home/reader/.cache/ccache"; fi
status=0  # no exec: a process that becomes another user no longer ends with its parent
chroot --userspec=reader:reader --groups=reader "$root" "$@" || status=$?
exit $status
"""


class Lacking(Exception):
    """Says why a command can't run here, and what to do."""


def say(text: str) -> None:
    """Prints one line to stderr, apart from the command's own output."""
    print(f"tools/fresh: {text}", file=sys.stderr, flush=True)


def mirrors() -> dict[str, str]:
    """Returns the URLs of Debian's archives, keyed by label, from this machine's own apt sources."""
    if shutil.which("apt-get") is None:
        return {}
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(LABEL) $(SITE)", "Created-By: Packages"],
                            capture_output=True, text=True, check=False).stdout.splitlines()
    return {label: site for origin, label, site in (line.split(" ", 2) for line in reversed(listed) if line.count(" ") == 2)
            if origin == "Debian"}


def check() -> None:
    """Raises Lacking unless this machine can make and enter a root."""
    if sys.platform != "linux":
        raise Lacking("needs Linux, for its namespaces and overlay mounts")
    if os.geteuid() != 0:
        raise Lacking("needs root, to mount and to chroot: sudo tools/fresh ...")
    if missing := [name for name in ("debootstrap", "git", "unshare", "setpriv", "mount", "chroot") if shutil.which(name) is None]:
        raise Lacking(f"needs {', '.join(missing)}: apt-get install debootstrap git util-linux coreutils")


def sources(suite: str, mirror: str, security: str | None) -> str:
    """Returns the text of the root's /etc/apt/sources.list."""
    if suite == "sid":  # a mirror can be weeks behind, so we accept old Release files
        return "".join(f"deb [check-valid-until=no] {mirror} {name} main\n" for name in ("sid", "experimental"))
    return f"deb {mirror} {suite} main\ndeb {mirror} {suite}-updates main\n" + (
        f"deb {security} {suite}-security main\n" if security else "")


def make(suite: str, root: pathlib.Path, mirror: str) -> None:
    """Makes a bare root. After an error there is no partial root."""
    new = root.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    say(f"making a bare root of {suite}. This takes a few minutes, but only once.")
    done = subprocess.run(["unshare", "--mount", "debootstrap", "--variant=minbase", f"--include={BARE}", suite, new, mirror],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Lacking(f"debootstrap failed, see {new}/debootstrap/debootstrap.log; its last words:\n"
                      + "\n".join(done.stdout.strip().splitlines()[-5:]))
    subprocess.run(["chroot", new, "useradd", f"--uid={READER_ID}", "--create-home", "--shell=/bin/bash", READER], check=True)
    (new / "etc/sudoers.d/reader").write_text(f"{READER} ALL=(ALL) NOPASSWD: ALL\n", encoding="utf-8")
    for deb in (new / ARCHIVES).glob("*.deb"):
        deb.unlink()
    new.rename(root)


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[None]:
    """Holds a lock on the file. The kernel releases it when the process ends."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sweep(runs: pathlib.Path) -> None:
    """Removes the folders of runs that were killed. A run that is still active holds its lock and is skipped."""
    for lock in runs.glob("*/lock"):
        with lock.open() as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def fill(upper: pathlib.Path, suite: str, archives: dict[str, str]) -> None:
    """Writes the clone, the network configuration and apt's sources into the folder of a run."""
    home = upper / HOME
    (home / ".cache/ccache").mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, home / "grpc-by-stages"], check=True)
    for path in [home, *home.rglob("*")]:
        os.chown(path, READER_ID, READER_ID, follow_symlinks=False)
    (upper / "etc/apt/preferences.d").mkdir(parents=True)
    (upper / "etc/apt/sources.list").write_text(sources(suite, archives["Debian"], archives.get("Debian-Security")), encoding="utf-8")
    if suite == "sid":
        (upper / "etc/apt/preferences.d/newest").write_text(FROM_EXPERIMENTAL, encoding="utf-8")
    shutil.copy("/etc/resolv.conf", upper / "etc/resolv.conf")
    (upper / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n::1 localhost\n", encoding="utf-8")
    (upper / "var/cache/apt").mkdir(parents=True)


def run(release: str, command: list[str], *, mirror: str | None, ccache: bool, renew: bool) -> int:
    """Runs the command in a clone in a bare root of the release, and returns its exit status."""
    check()
    archives = {"Debian": mirror} if mirror else mirrors()
    if "Debian" not in archives:
        raise Lacking("no mirror of Debian in this machine's apt sources (after apt-get update); name one: --mirror=URL")
    base, debs, runs = KEPT / release, KEPT / f"{release}.debs", KEPT / "runs"
    kept_ccache = KEPT / f"{release}.ccache" if ccache else None
    for folder in (debs / ARCHIVES, runs, *([kept_ccache] if kept_ccache else [])):
        folder.mkdir(parents=True, exist_ok=True)
    with locked(KEPT / f"{release}.lock"):
        if renew:
            shutil.rmtree(base, ignore_errors=True)
        if not base.is_dir():
            make(RELEASES[release], base, archives["Debian"])
    if kept_ccache:
        os.chown(kept_ccache, READER_ID, READER_ID)
    sweep(runs)
    if subprocess.run(["git", "-C", ROOT, "status", "--porcelain"], capture_output=True, text=True, check=True).stdout:
        say("the clone is of HEAD: your uncommitted changes are not in it")
    made = datetime.date.fromtimestamp(base.stat().st_ctime)
    say(f"{release}, a root of {made}: {' '.join(command)}")
    environment = {"HOME": f"/{HOME}", "USER": READER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
                   **{name: os.environ[name] for name in ("TERM", "http_proxy", "https_proxy", "no_proxy") if name in os.environ}}
    with tempfile.TemporaryDirectory(dir=runs) as name, (pathlib.Path(name) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        here = pathlib.Path(name)
        for folder in ("upper", "work", "root"):
            (here / folder).mkdir()
        (here / "upper").chmod(0o755)
        fill(here / "upper", RELEASES[release], archives)
        try:
            return subprocess.run(["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child",
                                   "sh", "-c", ENTER, "sh", here, f"{debs}:{base}", kept_ccache or "",
                                   "env", "-i", *(f"{name}={value}" for name, value in environment.items()),
                                   "sh", "-c", 'cd "$HOME/grpc-by-stages" && exec "$@"', "sh", *command], check=False).returncode
        finally:
            for deb in (here / "upper" / ARCHIVES).glob("*.deb"):
                deb.replace(debs / ARCHIVES / deb.name)
