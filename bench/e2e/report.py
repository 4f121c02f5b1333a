"""From the rounds' figures to medians, ratios and a table to read."""

from statistics import median

TARGETS = {
    "sink_to_drain": ("sink / bare drain", ">=", 0.8),
    "sink_to_python": ("sink / batched Python sink", ">=", 6.0),
    "sink_cpu_per_million": ("sink, CPU seconds per million events", "<=", 2.0),
    "sink_peak_rss_mib": ("sink, peak RSS in MiB", "<=", 400),
    "latency_p50_ms": ("available to queryable, p50 in ms", "<=", 20),
    "latency_p99_ms": ("available to queryable, p99 in ms", "<=", 100),
}


def figures(counts, usage):
    """One run of one contestant."""
    events = counts["events"]
    return counts | usage.rounded() | {
        "events_per_second": round(events / usage.wall_seconds),
        "cpu_per_million": round(usage.cpu_seconds / events * 1e6, 2),
    }


def medians(runs):
    numbers = {key for run in runs for key in run if isinstance(run[key], (int, float))}
    return {key: median(run[key] for run in runs if key in run) for key in sorted(numbers)}


def ratio(rounds, one, other):
    """Of the same round, so that a busy machine hits both; None when one of them did not run."""
    pairs = [(r[one]["events_per_second"], r[other]["events_per_second"]) for r in rounds if one in r and other in r]
    return round(median(a / b for a, b in pairs), 3) if pairs else None


def summarise(rounds):
    """One topic."""
    names = [name for name in ("drain", "sink", "python") if name in rounds[0]]
    summary = {name: medians([r[name] for r in rounds]) for name in names}
    reached = {"sink_to_drain": ratio(rounds, "sink", "drain"), "sink_to_python": ratio(rounds, "sink", "python")}
    if "sink" in summary:
        reached["sink_cpu_per_million"] = summary["sink"]["cpu_per_million"]
        reached["sink_peak_rss_mib"] = round(summary["sink"]["peak_rss_mib"])
    return {"medians": summary, "reached": {key: value for key, value in reached.items() if value is not None}}


def verdict(key, value):
    text, comparison, wanted = TARGETS[key]
    met = value >= wanted if comparison == ">=" else value <= wanted
    return f"  {text:<40} {value:>8g}   wanted {comparison} {wanted:g}: {'reached' if met else 'MISSED'}"


def table(kind, summary):
    lines = [f"{kind}   (medians)", f"  {'':<10} {'events/s':>10} {'wall s':>8} {'CPU s/M':>8} {'RSS MiB':>8} {'/ drain':>8}"]
    drain = summary["medians"].get("drain", {}).get("events_per_second")
    for name, row in summary["medians"].items():
        share = f"{row['events_per_second'] / drain:8.3f}" if drain else f"{'':>8}"
        lines.append(f"  {name:<10} {row['events_per_second']:>10,.0f} {row['wall_seconds']:>8.2f} "
                     f"{row['cpu_per_million']:>8.2f} {row['peak_rss_mib']:>8.0f} {share}")
    return "\n".join(lines + [verdict(key, value) for key, value in summary["reached"].items()])


def latency_lines(latency):
    head = (f"latency at {latency['rate']:,} events/s for {latency['seconds']} s:  " +
            "  ".join(f"{name} {latency[f'{name}_ms']:g} ms" for name in ("p50", "p90", "p99", "max")))
    return "\n".join([head] + [verdict(f"latency_{name}", latency[name]) for name in ("p50_ms", "p99_ms")])
