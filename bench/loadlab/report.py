"""The table, the chart and the verdict on the thresholds, from one dictionary of figures."""

import html
import json
from dataclasses import dataclass
from pathlib import Path

from .tasks import TASKS, Work

# peer -> metric -> figure
Figures = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Metric:
    key: str
    title: str
    digits: int
    higher_is_better: bool = False

    def best(self, values: list[float]) -> float:
        return max(values) if self.higher_is_better else min(values)


def metrics_of_work(work: Work) -> list[Metric]:
    metrics = [
        Metric(f"{work.name}_instructions", f"{work.title}: user instructions", 0),
        Metric(f"{work.name}_kernel_instructions", f"{work.title}: kernel instructions", 0),
        Metric(f"{work.name}_cpu_us", f"{work.title}: CPU, us", 1),
    ]
    if work.fills_core:
        title = f"{work.title}: a second, one core"
        metrics.append(Metric(f"{work.name}_rate", title, 0, higher_is_better=True))
    return metrics


METRICS = (
    *(m for task in TASKS.values() for work in task.works for m in metrics_of_work(work)),
    Metric("idle_mb", "resident idle, MB", 1),
    Metric("private_mb", "of that, not of a file, MB", 1),
    Metric("connection_kb", "resident per idle connection, kB", 2),
    Metric("tls_idle_mb", "TLS: resident idle, MB", 1),
    Metric("tls_private_mb", "TLS: of that, not of a file, MB", 1),
    Metric("tls_connection_kb", "TLS: resident per idle connection, kB", 1),
    Metric("tls_above_openssl_kb", "TLS: of that, not OpenSSL's, kB", 1),
    Metric("start_ms", "exec to first accepted connection, ms", 1),
    Metric("binary_mb", "executable, stripped, MB (1)", 1),
)


def compared(figures: Figures) -> list[Metric]:
    return [m for m in METRICS if any(m.key in f for f in figures.values())]


def ratio_to_best(metric: Metric, figures: Figures) -> float | None:
    """Martlet's figure over the best figure among the others."""
    others = [f[metric.key] for n, f in figures.items() if n != "martlet" and metric.key in f]
    own = figures.get("martlet", {}).get(metric.key)
    best = metric.best(others) if others else 0
    return own / best if own is not None and best > 0 else None


def markdown(figures: Figures, versions: dict[str, str], notes: list[str]) -> str:
    peers = list(figures)
    head = ["per worker", *(f"{p} {versions[p]}" for p in peers), "martlet / best peer"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for metric in compared(figures):
        cells = [
            f"{figures[p][metric.key]:,.{metric.digits}f}" if metric.key in figures[p] else "-"
            for p in peers
        ]
        ratio = ratio_to_best(metric, figures)
        rows.append([metric.title, *cells, f"{ratio:.2f}" if ratio is not None else "-"])
    widths = [max(len(r[i]) for r in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        padded = [
            c.ljust(w) if i == 0 else c.rjust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("| " + " | ".join(padded) + " |")
    foot = ["(1) Martlet is one static file; the others also load shared libraries.", *notes]
    return "\n".join([*lines, "", *foot]) + "\n"


COLOURS = {
    "martlet": "#d9480f",
    "nginx": "#2f9e44",
    "nghttpx": "#e8a200",
    "haproxy": "#1971c2",
    "envoy": "#9c36b5",
}
BAR, GAP, LEFT, WIDTH = 16, 26, 270, 860


def chart(figures: Figures, versions: dict[str, str]) -> str:
    """Bars of every figure relative to the largest of its metric, as one SVG document."""
    y, parts = 46, []
    for metric in compared(figures):
        present = {p: f[metric.key] for p, f in figures.items() if metric.key in f}
        largest = max(present.values()) or 1
        parts.append(text(10, y + 13, metric.title, "bold"))
        for peer, value in present.items():
            length = max(1.0, (WIDTH - LEFT - 200) * max(value, 0) / largest)
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR - 3}" '
                f'fill="{COLOURS[peer]}"/>'
            )
            label = f"{peer} {value:,.{metric.digits}f}"
            parts.append(text(LEFT + length + 6, y + 11, label))
            y += BAR
        y += GAP - BAR
    title = "Martlet and its peers: " + ", ".join(f"{p} {v}" for p, v in versions.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 10}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{y + 10}" fill="white"/>\n'
        + text(10, 24, title, "bold")
        + "\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def text(x: float, y: float, words: str, weight: str = "normal") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-weight="{weight}">{html.escape(words)}</text>'


def limit(bar: dict, figures: Figures) -> tuple[float | None, str]:
    """The bar as a figure, and what it is a share of: the best of the peers it names, when all of
    them were measured."""
    if not (peers := bar.get("ratio_to")):
        return bar["at_most"], ""
    bases = [figures.get(peer, {}).get(bar["metric"]) for peer in peers]
    if None in bases:
        return None, ""
    best = min(bases)
    return bar["at_most"] * best, f" ({bar['at_most']:g} of {peers[bases.index(best)]}'s)"


def verdicts(figures: Figures, thresholds: Path, scenarios: list[str]) -> list[tuple[str, str]]:
    """(standing, sentence) for every bar: pass, FAIL, or not measured, which is no pass."""
    answers = []
    for bar in json.loads(thresholds.read_text()):
        if bar["scenario"] not in scenarios:
            continue
        own = figures.get("martlet", {}).get(bar["metric"])
        most, against = limit(bar, figures)
        if own is None or most is None:
            answers.append(("not measured", bar["says"]))
        else:
            standing = "pass" if own <= most else "FAIL"
            answers.append((standing, f"{bar['says']}: {own:,.2f}, bar {most:,.2f}{against}"))
    return answers
