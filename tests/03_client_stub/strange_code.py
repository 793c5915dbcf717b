"""A server that sends a status code of its own making can't make the client exit with 0: strange_code.py CLIENT."""
import pathlib
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
import h2  # noqa: E402

CLIENT = sys.argv[1]
UNKNOWN = 2
SECONDS = 60.0  # bounds a failure


def main() -> None:
    """256 is the one that matters: a shell sees the lowest eight bits."""
    for code in 17, 256, 999:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(SECONDS)
            server = threading.Thread(target=h2.serve, args=(listener, h2.response(
                (":status", "200"), ("content-type", "application/grpc"), ("grpc-status", str(code)))))
            server.start()
            target = "--target=127.0.0.1:%d" % listener.getsockname()[1]
            done = subprocess.run([CLIENT, target, "get", "city"], capture_output=True, text=True, timeout=SECONDS, check=False)
            server.join()
        assert done.returncode == UNKNOWN, (code, done)
        assert re.fullmatch(r"UNKNOWN: .*\n", done.stderr), (code, done)


main()
