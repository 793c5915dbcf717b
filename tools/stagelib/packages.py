"""What has to be installed, and how to get it."""
import shutil
import subprocess

from . import apt
from .session import Session
from .terminal import fail, say

# Debian's and Ubuntu's names. Each group holds what it needs besides `run`.
PACKAGES = {
    "run": ["g++", "meson", "ninja-build", "pkgconf", "ccache", "libgrpc++-dev", "libabsl-dev",
            "libprotobuf-dev", "libprotoc-dev", "protobuf-compiler", "protobuf-compiler-grpc",
            "python3-grpcio", "python3-protobuf", "openssl", "libsqlite3-dev", "sqlite3",
            "prometheus-cpp-dev", "curl"],
    "cluster": ["etcd-server", "etcd-client"],
    "proxy": ["nginx-light", "haproxy"],
    "test": ["clang", "lld", "libgtest-dev", "libgmock-dev", "nghttp2-client", "nghttp2-server"],
    "bench": ["libnghttp2-dev", "libssl-dev", "nghttp2-server", "nginx-light", "golang-go", "golang-google-grpc-dev",
              "golang-goprotobuf-dev", "nodejs", "npm", "strace", "valgrind"],
    "docs": ["doxygen", "doxygen-awesome-css", "libjs-lunr", "python3-pygments"],
    "check": ["clang-format", "clang-tidy", "clangd", "cmake", "codespell", "debootstrap", "libclang-rt-dev", "npm", "nodejs", "chromium", "git",
              "prometheus", "systemd", "iproute2"],
}
# Without apt-get we look for what these packages contain: programs, libraries that pkg-config knows,
# and modules of /usr/bin/python3, which stage 02's client uses.
PROGRAMS = {
    "cluster": ["etcd", "etcdctl"],
    "proxy": ["nginx", "haproxy"],
    "run": ["c++", "meson", "ninja", "pkg-config", "protoc", "grpc_cpp_plugin", "grpc_python_plugin", "openssl", "sqlite3", "curl"],
    "test": ["clang++"],
    "docs": ["doxygen"],
}
LIBRARIES = {"run": ["grpc++ >= 1.51", "protobuf", "absl_flags", "openssl", "sqlite3", "prometheus-cpp-pull"], "test": ["gtest_main", "gmock"]}
MODULES = {"run": ["grpc", "google.protobuf"], "docs": ["pygments"]}
# Advice for other package managers. We have not tried Homebrew's packages.
ELSEWHERE = {
    "dnf": "Fedora has gRPC 1.48, and the stages need 1.51 or later.",
    "brew": "Homebrew probably has them: brew install meson ninja pkgconf ccache grpc abseil protobuf openssl@3 googletest",
}


def to_play(script: Session) -> list[str]:
    """The groups that playing a session needs."""
    ups = [event.text for event in script.events if "tools/cluster up" in event.text]
    return ["run", *["cluster"] * bool(ups), *["proxy"] * any("--proxy=" in up for up in ups)]


def to_check(number: str) -> list[str]:
    """The groups that a check of a stage needs. From stage 14 on, the judge also asks about servers that share an etcd."""
    return ["test", "run", "cluster"] if number >= "14" else ["test", "run"]


def needed(groups: list[str]) -> list[str]:
    """The packages of `run` and of the groups."""
    return list(dict.fromkeys(p for g in ["run", *groups] for p in PACKAGES[g]))


def missing(groups: list[str]) -> list[str]:
    """The packages that are not installed. Without apt-get: the programs, libraries and modules."""
    if not apt.available():
        return missing_contents(groups)
    wanted = needed(groups)
    query = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *wanted],
                           capture_output=True, text=True, check=False)
    there = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [p for p in wanted if p not in there and not shutil.which(p)]


def missing_contents(groups: list[str]) -> list[str]:
    """What is missing as far as we can tell without apt-get. Without pkg-config, libraries are not checked."""
    def of(table: dict[str, list[str]]) -> list[str]:
        return [name for group in dict.fromkeys(["run", *groups]) for name in table.get(group, ())]

    def fails(*command: str) -> bool:
        return not shutil.which(command[0]) or subprocess.run(command, capture_output=True, check=False).returncode != 0

    # /usr/sbin, where nginx is, is not on every user's PATH.
    return [*(name for name in of(PROGRAMS) if not shutil.which(name) and not shutil.which(name, path="/usr/sbin")),
            *(name for name in of(LIBRARIES) if shutil.which("pkg-config") and fails("pkg-config", "--exists", name)),
            *(f"Python's {name}" for name in of(MODULES) if fails("/usr/bin/python3", "-c", f"import {name}"))]


def how_to_get(packages: list[str], groups: list[str]) -> str:
    """How to install what is missing here."""
    if apt.available():
        return "install them: " + apt.typed(packages)
    return "\n".join([*(sentence for manager, sentence in ELSEWHERE.items() if shutil.which(manager)),
                      "Debian 12 and 13 have them: apt-get install " + " ".join(needed(groups)),
                      'README.md says what to do on other systems: "Not on Debian 12 or 13?"'])


def install(groups: list[str]) -> None:
    """Installs what is missing. If it can't, it prints what is needed and exits with status 1."""
    packages = missing(groups)
    if packages and not apt.available():
        fail(f"these packages are missing: {', '.join(packages)}\n{how_to_get(packages, groups)}")
    if packages:
        apt.install(packages)


def doctor(groups: list[str]) -> int:
    """Prints what is missing and how to install it. Returns 1 when something is missing."""
    packages = missing(groups)
    if not packages:
        say(f"Nothing is missing for {' and '.join(groups)}.")
        return 0
    say("missing: " + (" " if apt.available() else ", ").join(packages))
    say(how_to_get(packages, groups))
    if apt.available():
        say("Or let tools/stage install them: run, test and docs do that first.")
    return 1
