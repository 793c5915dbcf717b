"""What has to be installed, and how to get it."""
import os
import shutil
import subprocess
import sys

from .terminal import fail, say

# Debian's and Ubuntu's names. Each group holds what it needs besides `run`.
PACKAGES = {
    "run": ["g++", "meson", "ninja-build", "pkgconf", "ccache", "libgrpc++-dev", "libabsl-dev",
            "libprotobuf-dev", "libprotoc-dev", "protobuf-compiler", "protobuf-compiler-grpc",
            "python3-grpcio", "python3-protobuf", "openssl"],
    "test": ["clang", "libgtest-dev", "libgmock-dev", "nghttp2-client", "nghttp2-server"],
    "bench": ["libnghttp2-dev", "libssl-dev", "nghttp2-server", "nginx-light", "golang-go", "golang-google-grpc-dev",
              "golang-goprotobuf-dev", "nodejs", "npm", "strace", "valgrind"],
    "docs": ["doxygen", "doxygen-awesome-css", "libjs-lunr", "python3-pygments"],
    "check": ["clang-format", "clang-tidy", "cmake", "codespell", "npm", "nodejs", "chromium", "git"],
}
PROGRAMS = ["c++", "meson", "ninja", "pkg-config", "protoc", "grpc_cpp_plugin", "grpc_python_plugin"]


def needed(groups: list[str]) -> list[str]:
    """The packages of `run` and of the groups."""
    return PACKAGES["run"] + [p for g in groups if g != "run" for p in PACKAGES[g]]


def missing(groups: list[str]) -> list[str]:
    """The packages that are not installed. On a machine without dpkg: the programs."""
    if shutil.which("dpkg-query") is None:
        return [p for p in PROGRAMS + (["clang++"] if "test" in groups else []) if shutil.which(p) is None]
    wanted = needed(groups)
    query = subprocess.run(["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *wanted],
                           capture_output=True, text=True, check=False)
    there = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [p for p in wanted if p not in there and not shutil.which(p)]


def apt_command(packages: list[str]) -> list[str]:
    """How to install packages here: as root, or by sudo."""
    become = [] if os.geteuid() == 0 else ["sudo"]
    return [*become, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]


def install(groups: list[str]) -> None:
    """Installs what is missing, and says so; where it can't, it says what is needed."""
    packages = missing(groups)
    if not packages:
        return
    command = apt_command(packages)
    if shutil.which("apt-get") is None:
        fail("these are needed and not on the PATH: " + " ".join(packages) +
             "\nInstall them, gRPC 1.51 or later with its C++ and Python plugins among them, and "
             "try again.\nOn Debian 12 they come with: apt-get install " + " ".join(needed(groups)))
    if shutil.which(command[0]) is None:
        fail("not root, and no sudo here. As root, type:\n  apt-get install " + " ".join(packages))
    say("installing with apt-get: " + " ".join(packages))
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    update = [*command[:command.index("install")], "update", "-qq"]
    for step in (update, command):
        done = subprocess.run(step, env=quiet, check=False, stdin=sys.stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            fail(f"{' '.join(step)} failed:\n{done.stdout.strip()}")


def doctor(groups: list[str]) -> int:
    """Tells what is missing and how to get it; 1 when something is."""
    packages = missing(groups)
    if not packages:
        say("Nothing is missing: tools/stage run and tools/stage test will work.")
        return 0
    say("missing: " + " ".join(packages))
    if shutil.which("apt-get"):
        say("get them: " + " ".join(apt_command(packages)))
        say("or let tools/stage do it: tools/stage run installs what it needs first.")
    return 1
