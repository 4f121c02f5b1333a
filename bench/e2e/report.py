"""From the rounds' figures to medians, ratios and a table to read."""

from statistics import median

import machine

TARGETS = {
    "sink_to_drain": ("sink / bare drain", ">=", 0.8),
    "sink_to_python": ("sink / batched Python sink", ">=", 6.0),
    "sink_cpu_per_million": ("sink, CPU seconds per million events", "<=", 2.0),
    "sink_peak_rss_mib": ("sink, peak RSS in MiB", "<=", 400),
    "latency_p50_ms": ("available to queryable, p50 in ms", "<=", 20),
    "latency_p99_ms": ("available to queryable, p99 in ms", "<=", 100),
    "stream_tcp": ("pintail / pg_recvlogical, TCP", ">=", 2.0),
    "stream_unix": ("pintail / pg_recvlogical, unix socket", ">=", 0.9),
    "stream_cpu_per_million": ("pintail, CPU seconds per million changes", "<=", 1.5),
    "stream_peak_rss_mib": ("pintail, peak RSS in MiB", "<=", 400),
    "chain": ("pintail / Debezium, Kafka and sink", ">=", 5.0),
    "copy_to_copy": ("pintail / one COPY to /dev/null", ">=", 0.7),
    "copy_to_copies": ("pintail / two COPYs side by side", ">=", None),
    "copy_to_scanner": ("pintail / postgres_scanner", ">=", 1.0),
    "copy_peak_rss_mib": ("pintail, peak RSS in MiB", "<=", 400),
    "commit_p50_ms": ("commit to queryable, p50 in ms", "<=", 5),
    "commit_p99_ms": ("commit to queryable, p99 in ms", "<=", 30),
    "commit_rss_mib": ("pintail, peak RSS in MiB", "<=", 400),
    "idle_after_start_mib": ("idle after a start, RSS in MiB", "<=", 80),
    "idle_after_copy_mib": ("idle after a copy, RSS in MiB", "<=", 80),
}


def figures(counts, usage):
    """One run of one contestant."""
    events = counts["events"]
    return counts | usage.rounded() | {
        "events_per_second": round(events / usage.wall_seconds),
        "cpu_per_million": round(usage.cpu_seconds / events * 1e6, 2),
    }


def note(part, name, counts, usage):
    """Says at once what one run took, and how busy the machine was."""
    one = figures(counts, usage) | {"load_average": machine.load_average()}
    print(f"  {part:<8} {name:<20} {one['events_per_second']:>10,}/s  {usage.wall_seconds:7.2f} s  "
          f"{one['cpu_per_million']:>8.2f} CPU s/M  {usage.peak_rss_mib:5.0f} MiB", flush=True)
    return one


def medians(runs):
    numbers = {key for run in runs for key in run if isinstance(run[key], (int, float))}
    return {key: median(run[key] for run in runs if key in run) for key in sorted(numbers)}


def ratio(rounds, one, other):
    """Of the same round, so that a busy machine hits both; None when one of them did not run."""
    pairs = [(r[one]["events_per_second"], r[other]["events_per_second"]) for r in rounds if one in r and other in r]
    return round(median(a / b for a, b in pairs), 3) if pairs else None


def known(reached):
    return {key: value for key, value in reached.items() if value is not None}


def summarise(rounds, reached):
    """reached: what is to be compared with TARGETS."""
    return {"medians": {name: medians([r[name] for r in rounds]) for name in rounds[0]}, "reached": known(reached)}


def median_of(rounds, name, key, digits=2):
    return round(median(r[name][key] for r in rounds), digits) if name in rounds[0] else None


def sink_summary(rounds):
    """One topic."""
    return summarise(rounds, {
        "sink_to_drain": ratio(rounds, "sink", "drain"), "sink_to_python": ratio(rounds, "sink", "python"),
        "sink_cpu_per_million": median_of(rounds, "sink", "cpu_per_million"),
        "sink_peak_rss_mib": median_of(rounds, "sink", "peak_rss_mib", None)})


def stream_summary(rounds):
    return summarise(rounds, {
        "stream_tcp": ratio(rounds, "pintail tcp", "pg_recvlogical tcp"),
        "stream_unix": ratio(rounds, "pintail unix", "pg_recvlogical unix"),
        "stream_cpu_per_million": median_of(rounds, "pintail tcp", "cpu_per_million"),
        "stream_peak_rss_mib": median_of(rounds, "pintail tcp", "peak_rss_mib", None)})


def copy_summary(rounds):
    return summarise(rounds, {
        "copy_to_copy": ratio(rounds, "pintail", "COPY"), "copy_to_copies": ratio(rounds, "pintail", "2 COPYs"),
        "copy_to_scanner": ratio(rounds, "pintail", "scanner"),
        "copy_peak_rss_mib": median_of(rounds, "pintail", "peak_rss_mib", None)})


def chain_summary(rounds):
    return summarise(rounds, {"chain": ratio(rounds, "pintail tcp", "chain")})


def verdict(key, value):
    text, comparison, wanted = TARGETS[key]
    if wanted is None:
        return f"  {text:<42} {value:>8g}"
    met = value >= wanted if comparison == ">=" else value <= wanted
    return f"  {text:<42} {value:>8g}   wanted {comparison} {wanted:g}: {'reached' if met else 'MISSED'}"


def table(title, summary, base):
    """base: whom the others are shown as a share of."""
    head = f"  {'':<20} {'events/s':>10} {'wall s':>8} {'CPU s/M':>8} {'RSS MiB':>8} {'/ ' + base:>20}"
    lines = [f"{title}   (medians)", head]
    floor = summary["medians"].get(base, {}).get("events_per_second")
    for name, row in summary["medians"].items():
        share = f"{row['events_per_second'] / floor:20.3f}" if floor else ""
        lines.append(f"  {name:<20} {row['events_per_second']:>10,.0f} {row['wall_seconds']:>8.2f} "
                     f"{row['cpu_per_million']:>8.2f} {row['peak_rss_mib']:>8.0f} {share}")
    return "\n".join(lines + [verdict(key, value) for key, value in summary["reached"].items()])


def percentiles(figures):
    return "  ".join(f"{name} {figures[f'{name}_ms']:g} ms" for name in ("p50", "p90", "p99", "max"))


def commit_latency_lines(figures):
    """Only scale 10 has an aim."""
    lines = [f"commit to queryable, pgbench scale {figures['scale']}, {figures['rate']:,} tx/s for {figures['seconds']} s:  {percentiles(figures)}"
             f"  ({figures['cpu_seconds']:g} CPU s, peak RSS {figures['peak_rss_mib']} MiB)"]
    if figures["scale"] == 10:
        lines += [verdict("commit_p50_ms", figures["p50_ms"]), verdict("commit_p99_ms", figures["p99_ms"])]
    return "\n".join(lines + [verdict("commit_rss_mib", figures["peak_rss_mib"])])


def idle_lines(figures):
    cpu = ", ".join(f"{name.replace('_', ' ')} {one['cpu_percent']:g} %" for name, one in figures.items())
    return "\n".join([f"idle   (CPU of one core: {cpu})"] + [verdict(f"idle_{name}_mib", one["rss_mib"]) for name, one in figures.items()])


def latency_lines(latency):
    head = f"latency at {latency['rate']:,} events/s for {latency['seconds']} s:  {percentiles(latency)}"
    return "\n".join([head] + [verdict(f"latency_{name}", latency[name]) for name in ("p50_ms", "p99_ms")])
