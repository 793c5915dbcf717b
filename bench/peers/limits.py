"""HTTP/2 file servers: the overhead of a reply that takes no computation."""
import contextlib
import pathlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))
import programs  # noqa: E402

# The Entry{key: "bench/000000", value: 16 × "v", revision: 1}; below, a GetResponse with it and its five-byte prefix.
ENTRY = b"\x0a\x0cbench/000000\x12\x10" + 16 * b"v" + b"\x18\x01"
REPLY = b"\0\0\0\0" + bytes([len(ENTRY) + 2]) + b"\x0a" + bytes([len(ENTRY)]) + ENTRY
PATH = "kv.v1.KeyValueService/Get"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; http2_max_concurrent_streams 1024;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  default_type application/grpc; open_file_cache max=16;
  server {{
    listen 127.0.0.1:{port} http2;
    location / {{ root {folder}; error_page 405 =200 $uri; }}
  }}
}}
"""


def _free_port() -> int:
    """Returns a port that is free now. With port 0, neither of the two servers reports the port that it got."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def _serving(port: int, *words: str) -> Iterator[tuple[subprocess.Popen, str]]:
    def listening() -> bool:
        assert process.poll() is None, f"{words} ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    with programs.started(*words, stdout=subprocess.DEVNULL) as process:
        programs.eventually(f"{words[3]} listens", listening)
        yield process, f"127.0.0.1:{port}"


def _folder(name: str) -> pathlib.Path:
    file = pathlib.Path(name) / PATH
    file.parent.mkdir()
    file.write_bytes(REPLY)
    pathlib.Path(name).chmod(0o755)  # the user of the nginx worker must be able to read it
    return pathlib.Path(name)


@contextlib.contextmanager
def nginx(core: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Runs nginx with one worker on the given core; it serves the reply from a file."""
    with tempfile.TemporaryDirectory() as name:
        port = _free_port()
        (_folder(name) / "conf").write_text(NGINX.format(folder=name, port=port), encoding="utf-8")
        with _serving(port, "taskset", "-c", core, "nginx", "-e", f"{name}/errors", "-c", f"{name}/conf") as running:
            yield running


@contextlib.contextmanager
def nghttpd(core: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """Runs nghttpd with one worker on the given core; it serves the reply from a file, with a grpc-status trailer."""
    with tempfile.TemporaryDirectory() as name:
        port = _free_port()
        with _serving(port, "taskset", "-c", core, "nghttpd", "--no-tls", "-n1", "-m", "1024", "-a", "127.0.0.1",
                      "--trailer=grpc-status: 0", "-d", str(_folder(name)), str(port)) as running:
            yield running
