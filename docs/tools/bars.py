r"""\bars{TABLE LOAD}: what tools/bench measured, drawn, with the figures below.

docs/bench.json is what `tools/bench --json=docs/bench.json` wrote. The bars are processor
time, the lines across their ends the interval of the ratio to the table's reference.
"""
import html
import json
import pathlib

from benchlib import plot, report


def measured(root: pathlib.Path) -> dict:
    """All that was measured."""
    return json.loads((root / "docs/bench.json").read_text(encoding="utf-8"))


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
    drawing = next((drawing for drawing in plot.drawings(everything) if drawing.name == name), None)
    if drawing is None:
        raise ValueError(f"docs/bench.json has no rows {name}")
    return (f'<figure class="diagram bars"><div class="scroll">{drawing.svg()}</div>'
            f"<figcaption>{html.escape(drawing.title)}</figcaption></figure>\n"
            f'<details class="fold"><summary>The figures, beside <code>{drawing.reference}</code></summary>{figures(name, drawing.rows)}</details>\n')


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
