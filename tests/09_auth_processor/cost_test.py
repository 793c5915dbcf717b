"""What checking a token costs: cost_test.py COST CERTS SERVER_07 SERVER_08 SERVER_09.

Each server that checks against one that does not, in one run. Shows what was measured,
and fails when that is not of the size that the pages say.
"""
import contextlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "support"))
from programs import role, serving  # noqa: E402

TOKEN = "alice 2f7d1b90c6e84a53"


def main(cost: str, certs: str, server_07: str, server_08: str, server_09: str) -> None:
    """Raises AssertionError when the pages are wrong."""
    with contextlib.ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        def checking(program: str) -> list[str]:
            tokens = pathlib.Path(folder, "tokens" + role(program))
            tokens.write_text(f"{TOKEN}{role(program)}\n", encoding="utf-8")
            return server(program, f"--token_file={tokens}")

        def server(program: str, *flags: str) -> list[str]:
            process, address = running.enter_context(serving(
                program, f"--tls_cert={certs}/server.crt", f"--tls_key={certs}/server.key", *flags))
            return [str(process.pid), address]

        right = pathlib.Path(folder, "right")
        right.write_text(TOKEN, encoding="utf-8")
        pairs = {"an interceptor that checks, against none": checking(server_08) + server(server_07),
                 "an interceptor that checks, against one that takes all":
                     checking(server_08) + server(server_08),
                 "a processor that checks, against none": checking(server_09) + server(server_09)}
        words = [cost, f"{certs}/ca.crt", str(right), *(word for pair in pairs.values() for word in pair)]
        lines = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=150).stdout.splitlines()
    measured = [tuple(map(float, line.split())) for line in lines]
    for pair, (calls, cpu) in zip(pairs, measured, strict=True):
        print(f"{pair}: {calls} of the calls a second, {cpu} times the server's processor time for each")
    interceptor, check_alone, processor = measured
    _, interceptor_cpu = interceptor
    for calls, cpu in interceptor, check_alone:
        assert calls > 0.5
        assert cpu < 2
    calls, cpu = processor
    assert calls > 0.3
    assert interceptor_cpu < cpu < 4


if __name__ == "__main__":
    main(*sys.argv[1:])
