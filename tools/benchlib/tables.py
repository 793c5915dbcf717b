"""The tables that tools/bench measures, and the ratios that we want."""
import dataclasses

SHAPES = {f"{connections}×{calls}": (f"--connections={connections}", f"--calls={calls}")
          for connections, calls in ((1, 1), (1, 8), (1, 64), (8, 8), (64, 1))}


@dataclasses.dataclass(frozen=True)
class Table:
    """Servers under the same loads. Its rows are named `NAME LOAD SERVER`."""

    name: str
    what: str
    servers: tuple[str, ...]
    loads: dict[str, tuple[str, ...]]  # the flags of each load
    reference: str  # the server that we compare the others with
    fill: tuple[str, ...] = ("--entries=1", "--value_bytes=16")
    quick: tuple[str, ...] = ()  # the loads of --quick, which skips the table if there are none


_ALL = ("usual", "usual_no_health", "03", "06", "08", "09", "11", "callback", "queue", "raw", "python", "aio", "node", "go", "nginx", "nghttpd", "tcp")
_LISTS = ("usual", "usual_hint", "06", "08", "09", "11", "callback", "queue", "python", "aio", "node", "go")
_STREAMS = ("usual", "06", "08", "09", "11", "callback", "python", "aio", "node", "go")
_CHECKS = ("none", "handler", "interceptor", "processor", "blocking")
_SMALL = ("--entries=1000", "--value_bytes=64")
_LARGE = ("--entries=64", "--value_bytes=65536")
TABLES = (
    Table("get", "Get of 16 bytes", _ALL, {shape: ("--call=get", *flags) for shape, flags in SHAPES.items()}, "usual",
          quick=("1×8",)),
    Table("put", "Put of 16 bytes", tuple(name for name in _ALL if name not in ("nginx", "nghttpd", "tcp")),
          {"1×8": ("--call=put", *SHAPES["1×8"])}, "usual"),
    Table("list_64b", "List of 1000 entries of 64 bytes", _LISTS, {"1×1": ("--call=list", *_SMALL)}, "usual", _SMALL, ("1×1",)),
    Table("list_64k", "List of 64 entries of 64 KiB", (*_LISTS, "tcp"), {"1×1": ("--call=list", *_LARGE)}, "usual", _LARGE),
    Table("import", "Import of 1000 entries of 64 bytes", _STREAMS, {"1×1": ("--call=import", *_SMALL)}, "usual"),
    Table("pipeline", "Pipeline of 1000 Gets of 16 bytes", _STREAMS, {"1×1": ("--call=pipeline", "--entries=1000")}, "usual"),
    Table("token", "Get over TLS, with a token and without", ("07_tls", "08_open", "08", "09_open", "09", "07"),
          {"1×8": ("--call=get", *SHAPES["1×8"])}, "07_tls", quick=("1×8",)),
    *(Table(f"token_{api}", f"Get over TLS, {api} API, the token checked in one place",
            tuple(f"{api}_{check}" for check in _CHECKS) + (("sync_none_64", "sync_processor_64") if api == "sync" else ()),
            {shape: ("--call=get", *SHAPES[shape]) for shape in ("1×8", "8×8")}, f"{api}_none") for api in ("sync", "callback")),
    Table("knob", "Get of 16 bytes, one setting changed", ("knobs", "health", "queues_2", "queues_4", "pollers_1", "pollers_64",
          "threads_128", "minimal", "no_channelz", "no_bdp", "throughput", "no_deadlock", "health_64", "unix"),
          {shape: ("--call=get", *SHAPES[shape]) for shape in ("1×8", "8×8", "64×1")}, "knobs"),
    Table("callback", "Get of 16 bytes, callback API", ("callback", "callback_arena", "callback_no_deadlock", "callback_static", "callback_static_lto"),
          {"1×8": ("--call=get", *SHAPES["1×8"])}, "callback"),
    Table("api", "Get of 16 bytes, the same store behind each API", ("06", "11", "callback", "queue", "coroutine"),
          {shape: ("--call=get", *SHAPES[shape]) for shape in ("1×1", "1×8", "64×1")}, "06"),
    Table("api_list", "List of 1000 entries of 64 bytes, a message for each", ("usual_no_health", "callback", "queue", "coroutine"),
          {"1×1": ("--call=list", *_SMALL)}, "usual_no_health", _SMALL),
    Table("queue", "Get of 16 bytes, completion queue", ("raw", "raw_shared", "raw_128"), {"1×8": ("--call=get", *SHAPES["1×8"])}, "raw"),
    Table("watched", "Put of 16 bytes", ("11", "11_watched"), {"1×8": ("--call=put", *SHAPES["1×8"])}, "11"),
    Table("on_disk", "Get of 16 bytes", ("11", "12_data"), {"1×8": ("--call=get", *SHAPES["1×8"])}, "11"),
    Table("observed", "Get of 16 bytes", ("12", "13", "13_metrics", "13_log", "13_sample", "13_both"), {"1×8": ("--call=get", *SHAPES["1×8"])}, "13"),
    Table("fan_out", "Put that all watchers have received", ("06", "11"),
          {f"{connections}×{calls}": ("--call=fan_out", f"--connections={connections}", f"--calls={calls}")
           for connections, calls in ((1, 1), (10, 100))}, "06"),
    Table("connect", "Connection and first Get", ("usual", "03", "06", "08", "09", "11", "callback", "queue", "raw", "python", "aio", "node", "go"),
          {"1×1": ("--call=connect",)}, "usual"),
)


@dataclasses.dataclass(frozen=True)
class Goal:
    """A ratio that we want: a minimum for `per_second`, a maximum for the other figures."""

    what: str
    over: str  # the name of a row
    under: str  # the name of another row of the same table and load
    figure: str  # per_second, cpu_us, p50_us or mib_per_second
    bound: float


GOALS = (
    Goal("our sync stage ÷ the usual sync example", "get 1×8 03", "get 1×8 usual", "per_second", 1.5),
    Goal("best C++ ÷ the usual sync example", "get 1×8 raw", "get 1×8 usual", "per_second", 3.0),
    Goal("best C++ ÷ the usual sync example", "get 8×8 raw", "get 8×8 usual", "per_second", 2.3),
    Goal("our sync stage ÷ Python thread pool", "get 1×8 03", "get 1×8 python", "per_second", 4.5),
    Goal("best C++ ÷ Python thread pool", "get 1×8 raw", "get 1×8 python", "per_second", 9),
    Goal("best C++ ÷ Node", "get 1×8 raw", "get 1×8 node", "per_second", 4),
    Goal("best C++ ÷ Go", "get 1×8 raw", "get 1×8 go", "per_second", 1.3),
    Goal("best C++ ÷ nginx", "get 1×8 raw", "get 1×8 nginx", "per_second", 1.0),
    Goal("List of 64 B, ours ÷ a plain Write loop", "list_64b 1×1 06", "list_64b 1×1 usual", "per_second", 20),
    Goal("List of 64 B, ours ÷ Python", "list_64b 1×1 06", "list_64b 1×1 python", "per_second", 40),
    Goal("List of 64 B, ours ÷ Go", "list_64b 1×1 06", "list_64b 1×1 go", "per_second", 3),
    Goal("List of 64 KiB, ours ÷ TCP", "list_64k 1×1 06", "list_64k 1×1 tcp", "mib_per_second", 0.9),
    Goal("a token: interceptor (sync)", "token_sync 1×8 sync_interceptor", "token_sync 1×8 sync_none", "cpu_us", 1.10),
    Goal("a token: interceptor (callback)", "token_callback 1×8 callback_interceptor", "token_callback 1×8 callback_none", "cpu_us", 1.10),
    Goal("a token: processor (callback)", "token_callback 1×8 callback_processor", "token_callback 1×8 callback_none", "cpu_us", 1.20),
    Goal("a token: processor (sync)", "token_sync 1×8 sync_processor", "token_sync 1×8 sync_none", "cpu_us", 1.40),
    Goal("a token: stage 08's interceptor", "token 1×8 08", "token 1×8 07_tls", "cpu_us", 1.10),
    Goal("a token: stage 09's processor", "token 1×8 09", "token 1×8 09_open", "cpu_us", 1.40),
    Goal("our callback stage ÷ our sync stage", "api 1×8 11", "api 1×8 06", "cpu_us", 0.75),
    Goal("Put with 10,000 watchers of another prefix ÷ without", "watched 1×8 11_watched", "watched 1×8 11", "p99_us", 1.5),
    Goal("Get with metrics and a log of one call in 100 ÷ without", "observed 1×8 13_both", "observed 1×8 13", "cpu_us", 1.05),
    Goal("Get with a store on a disk ÷ stage 11's", "on_disk 1×8 12_data", "on_disk 1×8 11", "cpu_us", 1.05),
    Goal("Put received by 1,000 watchers ÷ by one", "fan_out 10×100 11", "fan_out 1×1 11", "p50_us", 20),
    Goal("p50 of one call ÷ TCP", "get 1×1 raw", "get 1×1 tcp", "p50_us", 1.4),
)
