"""What checking a token costs: cost_test.py COST CERTS SERVER_07 SERVER_08 SERVER_09.

Each server that checks against one that does not, in one run. Shows what was measured,
and fails when that is not of the size that the pages say.
"""
import contextlib
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from programs import serving  # noqa: E402


def main(cost: str, certs: str, plugin: str, interceptor: str, processor: str) -> None:
    """Raises AssertionError when the pages are wrong."""
    with contextlib.ExitStack() as running, tempfile.NamedTemporaryFile("w") as tokens:
        tokens.write("alice 2f7d1b90c6e84a53\n")
        tokens.flush()

        def server(program: str, *flags: str) -> list[str]:
            process, address = running.enter_context(serving(
                program, f"--tls_cert={certs}/server.crt", f"--tls_key={certs}/server.key", *flags))
            return [str(process.pid), address]

        check = f"--token_file={tokens.name}"
        pairs = {"an interceptor that checks, against none": server(interceptor, check) + server(plugin),
                 "an interceptor that checks, against one that takes all":
                     server(interceptor, check) + server(interceptor),
                 "a processor that checks, against none": server(processor, check) + server(processor)}
        words = [cost, f"{certs}/ca.crt", tokens.name, *(word for pair in pairs.values() for word in pair)]
        lines = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=150).stdout.splitlines()
    for pair, line in zip(pairs, lines, strict=True):
        calls, cpu = map(float, line.split())
        print(f"{pair}: {calls} of the calls a second, {cpu} times the server's processor time for each")
        # [cost]
        assert calls > 0.5
        assert cpu < 2
        # [cost]


if __name__ == "__main__":
    main(*sys.argv[1:])
