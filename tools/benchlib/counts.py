"""Counts what a server does besides instructions: send calls, context switches and thread starts."""
import pathlib
import re
import subprocess
import tempfile

from . import servers

CALLS, ROUNDS = 40000, 5
SENDING = 20000  # calls under strace, which is slow
SENT = re.compile(r"^ *(\d+) +(?:sendmsg|write)$", re.MULTILINE)
SENDERS = ("03", "raw", "go")
NAMES = ("usual", "03", "08", "09_open", "09", "callback", "queue", "raw", "sync_none", "sync_processor",
         "sync_none_64", "sync_processor_64", "callback_none", "callback_processor", "go")


def sends(name: str) -> float:
    """Returns send system calls per Get with 64 calls in flight. Below 1 if the server sends several replies together."""
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        under = ("strace", "-f", "-qq", "-o", f"{folder}/out", "-e", "trace=sendmsg,write", "-e", "signal=none", "-c", "-U", "calls,name")
        with servers.running(name, folder, under) as running:
            subprocess.run(running.load("--call=fill"), check=True, timeout=60)
            subprocess.run(running.load("--call=get", "--calls=64", f"--count={SENDING}"), check=True, timeout=120)
            subprocess.run(["pkill", "-TERM", "-P", str(running.process.pid)], check=True)
            running.process.wait(60)
        return round(sum(int(calls) for calls in SENT.findall((folder / "out").read_text(encoding="utf-8"))) / SENDING, 2)


def _so_far(pid: int) -> tuple[int, int, int, int]:
    """Returns user ticks, kernel ticks, the system's newest thread ID and the process's context switches."""
    folder = pathlib.Path(f"/proc/{pid}")
    ticks = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    newest = pathlib.Path("/proc/loadavg").read_text(encoding="utf-8").split()[-1]  # of the whole system
    switches = re.findall(r"ctxt_switches:\s+(\d+)", "".join(
        (task / "status").read_text(encoding="utf-8") for task in (folder / "task").iterdir()))
    return int(ticks[11]), int(ticks[12]), int(newest), sum(map(int, switches))


def of_threads(name: str) -> tuple[float, float, float]:
    """Returns, per Get with eight in flight, threads started and context switches, then the kernel's share of the CPU time.

    The switches of threads that have already ended are not included.
    """
    numbers = int(pathlib.Path("/proc/sys/kernel/pid_max").read_text(encoding="utf-8"))  # thread IDs wrap around here
    own = kernel = started = switches = 0
    with tempfile.TemporaryDirectory() as folder, servers.running(name, pathlib.Path(folder)) as running:
        subprocess.run(running.load("--call=fill"), check=True, timeout=60)
        for _ in range(ROUNDS):
            before = _so_far(running.process.pid)
            subprocess.run(running.load("--call=get", "--calls=8", f"--count={CALLS}"), check=True, timeout=120)
            in_own, in_kernel, newest, changes = (after - earlier for after, earlier in zip(_so_far(running.process.pid), before))
            own, kernel, started, switches = own + in_own, kernel + in_kernel, started + newest % numbers, switches + changes
    calls = ROUNDS * CALLS
    return round(started / calls, 3), round(switches / calls, 3), round(kernel / (own + kernel), 3)


def run() -> dict[str, dict]:
    """Measures and prints the counts."""
    sent = {name: sends(name) for name in SENDERS}
    for name, count in sent.items():
        print(f"{name:10} {count:8} system calls that send, for a Get with 64 in flight", flush=True)
    started, changes, kernel = {}, {}, {}
    for name in NAMES:
        started[name], changes[name], kernel[name] = of_threads(name)
        print(f"{name:18} {started[name]:6} threads started for a Get with 8 in flight; {changes[name]} changes of thread; "
              f"{100 * kernel[name]:.0f} % of the time in the kernel", flush=True)
    return {"sends": sent, "threads_started": started, "thread_changes": changes, "kernel_part": kernel}
