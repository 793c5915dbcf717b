r"""\getit{NN}: a reader's first commands."""
import terminal
from plan import Site

UNKNOWN = "ADDRESS"  # stands for the URL if the build does not know where the sources are


def getit(site: Site, number: str) -> str:
    """Returns the commands that clone the sources and play stage NN."""
    clone = f"$ git clone {site.sources or UNKNOWN} grpc-by-stages"
    hint = "" if site.sources else f'<p class="hint">In place of <code>{UNKNOWN}</code>, put the address of the repository.</p>\n'
    return terminal.console(f"{clone}\n$ cd grpc-by-stages\n$ tools/stage run {number}") + hint
