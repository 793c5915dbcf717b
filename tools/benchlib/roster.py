"""The servers that tools/bench can measure, and how to start them."""
import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "bench/peers/node/node_modules"
MANY_CALLS = "--max_calls=2200"  # a flag of the stages: twice what any load has in flight, because a cancelled call counts a little longer
MANY_WATCHES = ("--connections=100", "--calls=100")  # flags of the load generator


@dataclasses.dataclass(frozen=True)
class Server:
    """A server, which is one row of the tables. `words` and `listen` can contain {BUILD}, {CERTS}, {TOKENS} and {FOLDER}."""

    label: str
    words: tuple[str, ...]
    target: str = ""  # the target that Ninja builds
    needs: tuple[str, ...] = ()  # programs or files that must exist
    call: str = ""  # the call to measure, if it is not the table's
    tls: bool = False
    token: bool = False
    watched: bool = False  # whether MANY_WATCHES of another prefix wait in it
    listen: str = "127.0.0.1:0"


def _ours(label: str, name: str, *flags: str, **options: bool) -> Server:
    target = f"stages/{name}/server"
    return Server(label, (f"{{BUILD}}/{target}", MANY_CALLS, *flags), target, **options)


def _bench(label: str, name: str, *flags: str, **options: bool | str) -> Server:
    target = f"bench/servers/{name}"
    return Server(label, (f"{{BUILD}}/{target}", *flags), target, **options)


_TLS = ("--tls_cert={CERTS}/server.crt", "--tls_key={CERTS}/server.key")
_PYTHON = "/usr/bin/python3"
SERVERS = {
    "usual": _bench("C++ sync, the usual example", "usual"),
    "usual_no_health": _bench("the same without the health service", "usual", "--no_health"),
    "usual_hint": _bench("the same, with buffer_hint", "usual", "--hint"),
    "03": _ours("stage 03 (sync)", "03_client_stub"),
    "06": _ours("stage 06 (sync)", "06_bidi_streaming"),
    "11": _ours("stage 11 (callback)", "11_callback_api"),
    "11_watched": _ours("the same with 10,000 watchers of another prefix", "11_callback_api", watched=True),
    "12": _ours("stage 12, in memory", "12_persistence"),
    "12_data": _ours("stage 12, on a disk", "12_persistence", "--data={FOLDER}/data"),
    "13": _ours("stage 13, without metrics and log", "13_operations"),
    "13_metrics": _ours("with metrics", "13_operations", "--metrics=127.0.0.1:0"),
    "13_log": _ours("with a log of all calls", "13_operations", "--log_calls"),
    "13_sample": _ours("with a log of one call in 100", "13_operations", "--log_calls", "--log_sample=100"),
    "13_both": _ours("with metrics and a log of one call in 100", "13_operations", "--metrics=127.0.0.1:0", "--log_calls", "--log_sample=100"),
    "callback": _bench("C++ callback", "callback"),
    "queue": _bench("C++ completion queue", "completion_queue"),
    "coroutine": _bench("C++ coroutine on a completion queue", "coroutine_queue"),
    "raw": _bench("C++ completion queue, raw bytes, linked statically", "raw_queue_static"),
    "raw_shared": _bench("the same, with shared libraries", "raw_queue"),
    "raw_128": _bench("the same, 128 waiting calls for each rpc", "raw_queue_static", "--calls_at_once=128"),
    "07_tls": _ours("stage 07 with TLS, no token checked", "07_metadata_plugin", *_TLS, tls=True),
    "07": _ours("stage 07 without TLS", "07_metadata_plugin"),
    "08": _ours("stage 08, token in an interceptor", "08_server_interceptor", *_TLS, "--token_file={TOKENS}", tls=True, token=True),
    "08_open": _ours("stage 08 without tokens", "08_server_interceptor", *_TLS, tls=True),
    "09": _ours("stage 09, token in a processor", "09_auth_processor", *_TLS, "--token_file={TOKENS}", tls=True, token=True),
    "09_open": _ours("stage 09 without tokens", "09_auth_processor", *_TLS, tls=True),
    "09_plain": _ours("stage 09 without TLS", "09_auth_processor"),
    "10_plain": _ours("stage 10 without TLS", "10_errors_and_deadlines"),
    "callback_arena": _bench("callback, messages in an arena", "callback", "--arena"),
    "callback_no_deadlock": _bench("callback, no deadlock detection", "callback", "--no_deadlock_detection"),
    "callback_static": _bench("callback, linked statically", "callback_static"),
    "callback_static_lto": _bench("callback, linked statically, with LTO", "callback_static_lto"),
    **{f"{api}_{check}": _bench(f"{api}, {label}", "token", *flags, f"--check={check}", *_TLS, "--token_file={TOKENS}", tls=True, token=True)
       for api, flags in (("sync", ()), ("callback", ("--callback",)))
       for check, label in (("none", "no token checked"), ("handler", "token checked in the handler"), ("interceptor", "in an interceptor"),
                            ("processor", "in a processor"), ("blocking", "in a blocking processor"))},
    **{f"sync_{check}_64": _bench(f"sync, {label}, 64 pollers", "token", "--max_pollers=64", f"--check={check}", *_TLS, "--token_file={TOKENS}",
                                  tls=True, token=True) for check, label in (("none", "no token checked"), ("processor", "in a processor"))},
    "knobs": _bench("sync, default settings", "knobs"),
    "unix": _bench("sync, over a Unix socket", "knobs", listen="unix:{FOLDER}/socket"),
    **{name: _bench(f"sync, {label}", "knobs", *flags) for name, (label, flags) in {
        "health": ("default health service", ("--health",)),
        "queues_2": ("2 completion queues", ("--queues=2",)),
        "queues_4": ("4 completion queues", ("--queues=4",)),
        "pollers_1": ("at most 1 poller", ("--max_pollers=1",)),
        "pollers_64": ("at most 64 pollers", ("--max_pollers=64",)),
        "threads_128": ("at most 128 threads", ("--max_threads=128",)),
        "minimal": ("minimal stack", ("--minimal_stack",)),
        "no_channelz": ("no channelz", ("--no_channelz",)),
        "no_bdp": ("no BDP probe", ("--no_bdp_probe",)),
        "throughput": ("grpc.optimization_target", ("--throughput",)),
        "no_deadlock": ("no deadlock detection", ("--no_deadlock_detection",)),
        "health_64": ("health service, 64 pollers", ("--health", "--max_pollers=64")),
    }.items()},
    "python": Server("Python, thread pool", (_PYTHON, "-B", f"{ROOT}/bench/peers/python_pool.py"), "proto/kv/v1/kv_pb2.py", (_PYTHON,)),
    "aio": Server("Python, grpc.aio", (_PYTHON, "-B", f"{ROOT}/bench/peers/python_aio.py"), "proto/kv/v1/kv_pb2.py", (_PYTHON,)),
    "node": Server("Node, grpc-js", ("node", f"{ROOT}/bench/peers/node/server.js"), "", ("node", str(NODE_MODULES))),
    "go": Server("Go, grpc-go 1.33", ("{BUILD}/bench/peers/go_server",), "bench/peers/go_server", ("go",)),
    "nginx": Server("nginx, serving a file", (), "", ("nginx",), "static"),
    "nghttpd": Server("nghttpd, serving a file", (), "", ("nghttpd",), "static"),
    "tcp": Server("TCP echo", ("{BUILD}/bench/peers/tcp",), "bench/peers/tcp", (), "echo"),
}
