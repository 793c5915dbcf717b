"""Draws CPU time per call as bars, with the confidence intervals of the ratios."""
import dataclasses
import html
import pathlib
from collections.abc import Iterator

from . import report
from .tables import TABLES

WIDTH, LABEL, ROW, BAR = 680, 18, 40, 14  # pixels; LABEL is the height of a name
BARS = 80  # width of the longest bar in percent; the rest is for the figure at its end
# The colors of the site (docs/theme/site.css), for a drawing in a file of its own.
STYLE = """<style>
svg { --bg: #ffffff; --ink: #1b2733; --muted: #566472; --line-strong: #c9d3dc; --accent: #0a6c74; background: var(--bg); }
@media (prefers-color-scheme: dark) { svg { --bg: #0f151b; --ink: #dde6ee; --muted: #9aa9b7; --line-strong: #3a4855; --accent: #5cd0c8; } }
text { font-family: Inter, system-ui, sans-serif; }
.cost { fill: var(--line-strong); } .cost.ours { fill: var(--accent); }
.cost-label { font-size: 13.5px; fill: var(--ink); } .cost-value { font-size: 13px; fill: var(--muted); }
.cost-interval { stroke: var(--ink); stroke-width: 1.4; fill: none; }
</style>"""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """The bars of one table under one load."""

    name: str
    title: str
    reference: str
    rows: dict[str, dict]  # keyed by server

    def svg(self, style: str = "") -> str:
        """Draws a bar for each server: microseconds of CPU time per call. Widths are percentages and each name is above
        its bar, so the drawing fits wide and narrow screens. `style` is CSS for a drawing in a file of its own."""
        base = self.rows[self.reference]["cpu_us"]
        scale = BARS / max(max(row["cpu_us"], row["cpu_us_ratio"][2] * base) for row in self.rows.values())
        body = []
        for place, (name, row) in enumerate(self.rows.items()):
            y = LABEL + ROW * place
            middle = y + BAR / 2
            width, low, high = row["cpu_us"] * scale, row["cpu_us_ratio"][1] * base * scale, row["cpu_us_ratio"][2] * base * scale
            body += [f'<text class="cost-label" x="0" y="{y - 5}">{html.escape(report.label(name))}</text>',
                     f'<rect class="cost{" ours" if name[:2].isdigit() else ""}" x="0" y="{y}" width="{width:.2f}%" height="{BAR}" rx="3"/>',
                     f'<text class="cost-value" x="{max(width, high):.2f}%" dx="8" y="{middle + 4.5:.0f}">{report.microseconds(row["cpu_us"])}</text>']
            if name != self.reference:
                body += [f'<line class="cost-interval" x1="{x1:.2f}%" y1="{middle + up}" x2="{x2:.2f}%" y2="{middle - up}"/>'
                         for x1, x2, up in ((low, high, 0), (low, low, 4), (high, high, 4))]
        height = ROW * len(self.rows)
        width = f'width="{WIDTH}" ' if style else ""
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" {width}height="{height}" style="--w:{WIDTH}px;height:{height}px" '
                f'role="img" aria-label="{html.escape(self.title)}">')
        return "\n".join([head, *([style] if style else []), *body, "</svg>"])


def in_words(load: str) -> str:
    """Describes a load such as `1×8` in words."""
    connections, calls = load.split("×")
    return f"{connections} connection{'s' if connections != '1' else ''} × {calls} call{'s' if calls != '1' else ''}"


def drawings(measured: dict[str, dict]) -> Iterator[Drawing]:
    """Yields a drawing for each table and load that was measured."""
    for table in TABLES:
        for load in table.loads:
            rows = {server: measured[row] for server in table.servers if (row := f"{table.name} {load} {server}") in measured}
            if rows:
                yield Drawing(f"{table.name} {load}", f"{table.what}, {in_words(load)}: time of the server for one call, in µs",
                              table.reference, rows)


def save(folder: pathlib.Path, measured: dict[str, dict]) -> None:
    """Writes each drawing to a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawing in drawings(measured):
        (folder / f"{drawing.name.replace(' ', '_')}.svg").write_text(drawing.svg(STYLE) + "\n", encoding="utf-8")
