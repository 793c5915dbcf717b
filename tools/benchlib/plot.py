"""What was measured, drawn: processor time as bars, with the intervals of the ratios."""
import dataclasses
import html
import pathlib
from collections.abc import Iterator

from . import report
from .tables import TABLES

LABEL, WIDTH, ROW, BAR = 250, 680, 30, 18
# The site's colours, docs/theme/site.css, for a drawing that stands alone.
STYLE = """<style>
svg { --bg: #ffffff; --ink: #1b2733; --muted: #566472; --line-strong: #c9d3dc; --accent: #0a6c74; background: var(--bg); }
@media (prefers-color-scheme: dark) { svg { --bg: #0f151b; --ink: #dde6ee; --muted: #9aa9b7; --line-strong: #3a4855; --accent: #5cd0c8; } }
text { font-family: Inter, system-ui, sans-serif; }
.cost { fill: var(--line-strong); } .cost.ours { fill: var(--accent); }
.cost-label { text-anchor: end; font-size: 13.5px; fill: var(--ink); } .cost-value { font-size: 13px; fill: var(--muted); }
.cost-interval { stroke: var(--ink); stroke-width: 1.4; fill: none; }
</style>"""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """One table under one load."""

    name: str
    title: str
    reference: str
    rows: dict[str, dict]  # by server

    def svg(self, style: str = "") -> str:
        """A bar for each server: microseconds of processor time for one call."""
        base = self.rows[self.reference]["cpu_us"]
        widest = max(max(row["cpu_us"], row["cpu_us_ratio"][2] * base) for row in self.rows.values())
        scale = (WIDTH - LABEL - 80) / widest
        body = []
        for place, (name, row) in enumerate(self.rows.items()):
            y = 8 + ROW * place
            middle = y + BAR / 2
            width, low, high = row["cpu_us"] * scale, row["cpu_us_ratio"][1] * base * scale, row["cpu_us_ratio"][2] * base * scale
            body += [f'<text class="cost-label" x="{LABEL - 10}" y="{middle + 4.5:.0f}">{html.escape(report.label(name))}</text>',
                     f'<rect class="cost{" ours" if name[:2].isdigit() else ""}" x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" rx="3"/>',
                     f'<text class="cost-value" x="{LABEL + max(width, high) + 8:.0f}" y="{middle + 4.5:.0f}">{row["cpu_us"]:.1f}</text>']
            if name != self.reference:
                body.append(f'<path class="cost-interval" d="M{LABEL + low:.1f} {middle}H{LABEL + high:.1f}m0-4v8M{LABEL + low:.1f} {middle - 4}v8"/>')
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {16 + ROW * len(self.rows)}" style="--w:{WIDTH}px" '
                f'role="img" aria-label="{html.escape(self.title)}">')
        return "\n".join([head, *([style] if style else []), *body, "</svg>"])


def drawings(measured: dict[str, dict]) -> Iterator[Drawing]:
    """All that there is to draw."""
    for table in TABLES:
        for load in table.loads:
            rows = {server: measured[row] for server in table.servers if (row := f"{table.name} {load} {server}") in measured}
            if rows:
                yield Drawing(f"{table.name} {load}", f"{table.what}, {load}: processor time of the server for one call, in µs",
                              table.reference, rows)


def save(folder: pathlib.Path, measured: dict[str, dict]) -> None:
    """A file for each drawing."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawing in drawings(measured):
        (folder / f"{drawing.name.replace(' ', '_')}.svg").write_text(drawing.svg(STYLE) + "\n", encoding="utf-8")
