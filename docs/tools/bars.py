r"""\bars{TABLE LOAD}: what tools/bench measured, drawn, with the figures below.

docs/bench.json is what `tools/bench --json=docs/bench.json` wrote. The bars are processor
time, the lines across their ends the interval of the ratio to the table's reference.
"""
import html
import json
import pathlib

from benchlib import report, tables

LABEL, WIDTH, ROW, BAR = 250, 680, 30, 18


def measured(root: pathlib.Path) -> dict:
    """All that was measured."""
    return json.loads((root / "docs/bench.json").read_text(encoding="utf-8"))


def svg(title: str, rows: dict[str, dict], reference: str) -> str:
    """A bar for each server: microseconds of processor time for one call."""
    base = rows[reference]["cpu_us"]
    widest = max(max(row["cpu_us"], row["cpu_us_ratio"][2] * base) for row in rows.values())
    scale = (WIDTH - LABEL - 80) / widest
    body = []
    for place, (name, row) in enumerate(rows.items()):
        y = 8 + ROW * place
        width, low, high = row["cpu_us"] * scale, row["cpu_us_ratio"][1] * base * scale, row["cpu_us_ratio"][2] * base * scale
        middle = y + BAR / 2
        body += [f'<text class="cost-label" x="{LABEL - 10}" y="{middle + 4.5:.0f}">{html.escape(report.label(name))}</text>',
                 f'<rect class="cost{" ours" if name[:2].isdigit() else ""}" x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" rx="3"/>',
                 f'<text class="cost-value" x="{LABEL + max(width, high) + 8:.0f}" y="{middle + 4.5:.0f}">{row["cpu_us"]:.1f}</text>']
        if name != reference:
            body.append(f'<path class="cost-interval" d="M{LABEL + low:.1f} {middle}H{LABEL + high:.1f}m0-4v8M{LABEL + low:.1f} {middle - 4}v8"/>')
    height = 16 + ROW * len(rows)
    return "\n".join([f'<svg viewBox="0 0 {WIDTH} {height}" style="--w:{WIDTH}px" role="img" aria-label="{html.escape(title)}">', *body, "</svg>"])


def figures(name: str, rows: dict[str, dict]) -> str:
    """The same as a table, with calls a second, latency and memory."""
    lines = ['<div class="scroll"><table class="markdownTable figures"><tr><th>row <code>' + html.escape(name) + " …</code></th><th>CPU µs a call</th><th>beside it</th>"
             "<th>calls/s</th><th>beside it</th><th>p50 µs</th><th>p99 µs</th><th>MiB</th></tr>"]
    for server, row in rows.items():
        cells = [f"<code>{server}</code>", f"{row['cpu_us']:.1f}", report.beside(row["cpu_us_ratio"]), f"{row['per_second']:.0f}",
                 report.beside(row["per_second_ratio"]), f"{row['p50_us']:.0f}", f"{row['p99_us']:.0f}", f"{row['memory_mib']:.0f}"]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table></div>"])


def bars(root: pathlib.Path, name: str) -> str:
    """The figure of one table under one load."""
    everything = measured(root)["rows"]
    table = next((table for table in tables.TABLES if table.name == name.partition(" ")[0]), None)
    rows = {server: everything[row] for server in (table.servers if table else ()) if (row := f"{name} {server}") in everything}
    if table is None or not rows:
        raise ValueError(f"docs/bench.json has no rows {name}")
    title = f"{table.what}, {name.partition(' ')[2]}: processor time of the server for one call, in µs"
    return (f'<figure class="diagram bars"><div class="scroll">{svg(title, rows, table.reference)}</div>'
            f"<figcaption>{html.escape(title)}</figcaption></figure>\n"
            f'<details class="fold"><summary>The figures, beside <code>{table.reference}</code></summary>{figures(name, rows)}</details>\n')


def parts(root: pathlib.Path) -> str:
    """Where the instructions of a Get are."""
    measured_parts = measured(root)["instructions_by_library"]
    names = [name for name in ("03", "08", "09", "raw") if name in measured_parts]
    libraries = sorted({library for name in names for library in list(measured_parts[name])[:9]},
                       key=lambda library: -sum(measured_parts[name].get(library, 0) for name in names))
    head = "".join(f"<th>{html.escape(report.label(name))}</th>" for name in names)
    lines = [f"<div class=\"scroll\"><table class=\"markdownTable\"><tr><th>instructions in</th>{head}</tr>"]
    for library in libraries:
        cells = "".join(f"<td>{measured_parts[name].get(library, 0)}</td>" for name in names)
        lines.append(f"<tr><td><code>{html.escape(library)}</code></td>{cells}</tr>")
    totals = "".join(f"<td>{sum(measured_parts[name].values())}</td>" for name in names)
    return "\n".join([*lines, f"<tr><td>all</td>{totals}</tr>", "</table></div>\n"])


def goals(root: pathlib.Path) -> str:
    """What we wanted, and what was reached."""
    lines = ["<div class=\"scroll\"><table class=\"markdownTable\"><tr><th>ratio</th><th>rows</th><th>measured</th><th>wanted</th><th></th></tr>"]
    for goal in measured(root)["goals"]:
        middle, low, high = goal["ratio"]
        sign = "≥" if "per_second" in goal["figure"] else "≤"
        cells = [html.escape(goal["what"]), f"<code>{goal['over']}</code> ÷ <code>{goal['under'].rpartition(' ')[2]}</code>",
                 f"{middle:.2f} ({low:.2f} to {high:.2f})", f"{sign} {goal['bound']}", "reached" if goal["reached"] else "not reached"]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table></div>\n"])


def machine(root: pathlib.Path) -> str:
    """Where and with what it was measured."""
    found = measured(root)
    words = [f"{key} {value}" for key, value in found["machine"].items() if value]
    return f"<p>{html.escape('; '.join(words))}; {found['sweeps']} sweeps.</p>\n"
