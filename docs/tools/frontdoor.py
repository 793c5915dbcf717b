r"""\getit{NN}: the commands with which a reader begins."""
import terminal
from plan import Site

UNKNOWN = "ADDRESS"  # what the command says when the build was not told where the sources are


def getit(site: Site, number: str) -> str:
    """Clones the sources and plays stage NN."""
    clone = f"$ git clone {site.sources or UNKNOWN} grpc-by-stages"
    hint = "" if site.sources else f'<p class="hint">In place of <code>{UNKNOWN}</code>, put the address of the repository.</p>\n'
    return terminal.console(f"{clone}\n$ cd grpc-by-stages\n$ tools/stage run {number}") + hint
