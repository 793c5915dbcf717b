r"""\bars{TABLE LOAD}: a bar chart of what tools/bench measured, with the figures below.

The data is docs/bench.json, written by `tools/bench --json=docs/bench.json`. The bars show CPU time. The
line across the end of a bar is the confidence interval of its ratio to the table's reference.
"""
import html
import json
import pathlib

from benchlib import plot, report
from benchlib.layers import REST


def measured(root: pathlib.Path) -> dict:
    """Loads all results."""
    return json.loads((root / "docs/bench.json").read_text(encoding="utf-8"))


def figures(name: str, rows: dict[str, dict]) -> str:
    """Returns the results as a table, with calls per second, latency and memory."""
    lines = ['<div class="scroll"><table class="markdownTable figures"><tr><th>row <code>' + html.escape(name) + " …</code></th><th>CPU µs per call</th><th>ratio</th>"
             "<th>calls/s</th><th>ratio</th><th>p50 µs</th><th>p99 µs</th><th>MiB</th></tr>"]
    for server, row in rows.items():
        cells = [f"<code>{server}</code>", f"{row['cpu_us']:.1f}", report.beside(row["cpu_us_ratio"]), f"{row['per_second']:.0f}",
                 report.beside(row["per_second_ratio"]), f"{row['p50_us']:.0f}", f"{row['p99_us']:.0f}", f"{row['memory_mib']:.0f}"]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join([*lines, "</table></div>"])


def bars(root: pathlib.Path, name: str) -> str:
    """Returns the chart of one table under one load."""
    everything = measured(root)["rows"]
    drawing = next((drawing for drawing in plot.drawings(everything) if drawing.name == name), None)
    if drawing is None:
        raise ValueError(f"docs/bench.json has no rows {name}")
    return (f'<figure class="diagram bars">{drawing.svg()}'
            f"<figcaption>{html.escape(drawing.title)}</figcaption></figure>\n"
            f'<details class="fold"><summary>All figures, compared with <code>{drawing.reference}</code></summary>{figures(name, drawing.rows)}</details>\n')


def parts(root: pathlib.Path) -> str:
    """Shows where a Get spends its time. Kernel time is measured; the rest is divided in proportion to instructions."""
    found = measured(root)
    names = [name for name in ("03", "callback", "raw", "08", "09") if name in found["instructions_by_layer"]]
    of_layers = {name: found["instructions_by_layer"][name] for name in names}
    cpu = {name: found["rows"][f"get 1×8 {name}"]["cpu_us"] for name in names}
    kernel = {name: cpu[name] * found["kernel_part"][name] for name in names}
    each = {name: (cpu[name] - kernel[name]) / sum(of_layers[name].values()) for name in names}
    layers = sorted({layer for name in names for layer in of_layers[name]}, key=lambda layer: (layer == REST, -sum(of_layers[name].get(layer, 0) for name in names)))
    rows = [("the kernel: sockets and threads", [kernel[name] for name in names]),
            *((layer, [of_layers[name].get(layer, 0) * each[name] for name in names]) for layer in layers)]
    head = "".join(f"<th>{html.escape(report.label(name))}</th>" for name in names)
    lines = [f"<div class=\"scroll\"><table class=\"markdownTable figures\"><tr><th>µs for</th>{head}</tr>"]
    for what, figures_of_it in rows:
        lines.append(f"<tr><td>{html.escape(what)}</td>" + "".join(f"<td>{figure:.1f}</td>" for figure in figures_of_it) + "</tr>")
    totals = "".join(f"<td>{cpu[name]:.1f}</td>" for name in names)
    instructions = "".join(f"<td>{sum(of_layers[name].values())}</td>" for name in names)
    return "\n".join([*lines, f"<tr><td>all</td>{totals}</tr>", f"<tr><td>instructions, without the kernel's</td>{instructions}</tr>", "</table></div>\n"])


def machine(root: pathlib.Path) -> str:
    """Describes the machine and the software of the measurement."""
    found = measured(root)
    words = [f"{key} {value}" for key, value in found["machine"].items() if value]
    return f"<p>{html.escape('; '.join(words))}; {found['sweeps']} sweeps.</p>\n"
