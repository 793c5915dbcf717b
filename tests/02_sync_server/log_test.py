"""A taken port is one line on stderr; GRPC_VERBOSITY=debug brings gRPC's own: log_test.py SERVER."""
import os
import socket
import subprocess
import sys


def complaints(server: str, address: str, **environment: str) -> list[str]:
    """The lines on stderr of a server that can't listen."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
    done = subprocess.run([server, "--listen=" + address], env=clean | environment, timeout=30,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    return done.stderr.splitlines()


def main(server: str) -> None:
    """Raises AssertionError when the page is wrong."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        ours = f"server: cannot listen on {address}: in use, or no address of this machine"
        quiet = complaints(server, address)
        assert quiet == [ours], quiet
        loud = complaints(server, address, GRPC_VERBOSITY="debug")
        assert ours in loud and any("Address already in use" in line for line in loud), loud


if __name__ == "__main__":
    main(*sys.argv[1:])
