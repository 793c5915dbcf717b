"""The first bytes of a connection: preface.py CLIENT."""
import socket
import subprocess
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def main(client: str) -> None:
    """Raises AssertionError when the client begins with something else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        with subprocess.Popen([client, "--target=127.0.0.1:%d" % listener.getsockname()[1], "get", "city"],
                              stderr=subprocess.DEVNULL) as process:
            connection = listener.accept()[0]
            with connection:
                first = connection.recv(len(PREFACE), socket.MSG_WAITALL)
            process.kill()
    assert first == PREFACE, first


if __name__ == "__main__":
    main(*sys.argv[1:])
