"""Shows what was measured: a table for the terminal, figures and a picture for bench/README.md."""
import html
import os
import platform
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

BEGIN, END = "<!-- figures: written by bench/run --write -->", "<!-- end of figures -->"


@dataclass
class TimeCase:
    title: str
    contenders: list
    targets: dict  # The start of a contender's name: how many times its time is to be ours.

    def ratio(self, contender):
        ours, theirs = self.contenders[0].median(), contender.median()
        return theirs / ours if ours and theirs else None

    def target(self, contender):
        return next((n for name, n in self.targets.items() if contender.name.startswith(name)), None)


@dataclass
class Results:
    times: list = field(default_factory=list)
    memory: list = field(default_factory=list)
    written: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def time_rows(case):
    """Contender, median, times ours, target; for people."""
    for contender in case.contenders:
        median = contender.median()
        if median is None:
            problem = contender.problem.splitlines()
            yield contender.name, "failed", problem[-1][:60] if problem else "", ""
            continue
        ratio = case.ratio(contender)
        if contender is case.contenders[0]:
            yield contender.name, milliseconds(median), "", ""
            continue
        target = case.target(contender)
        met = f"≥ {target}: {'met' if ratio >= target else 'missed'}" if target and ratio else ""
        yield contender.name, milliseconds(median), f"{ratio:.1f} ×" if ratio else "", met


def table(results):
    lines = []
    for case in results.times:
        rounds = len(case.contenders[0].times) if case.contenders else 0
        lines.append(f"\n{case.title} (median of {rounds})")
        for name, median, ratio, target in time_rows(case):
            lines.append(f"  {name:<30} {median:>10} {ratio:>10}  {target}")
    if results.memory:
        lines.append("\nPeak memory of a build")
        lines += [f"  {name:<30} {peak:>6.0f} MiB" for name, peak in results.memory]
    if results.written:
        lines.append("\nBytes written by a build, and by the same again")
        lines += [f"  {name:<20} layer {layer:>11,}  written {first:>11,} ({first / layer:.3f} ×)  "
                  f"again {again:>6,}" for name, layer, first, again in results.written]
    lines += [f"\nNot there, left out: {', '.join(results.missing)}"] if results.missing else []
    lines += [f"\nProblem: {problem}" for problem in results.problems]
    return "\n".join(lines)


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine():
    """The machine in a line: processor, cores, memory, system."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    memory = int(re.search(r"MemTotal: +(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024**2
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
            f"{system[1] if system else platform.system()}, Linux {platform.release()}")


def versions(debian13):
    found = [first_line("buildah", "--version"), first_line("skopeo", "--version")]
    if debian13:
        script = str(Path(__file__).parent.parent / "tests/e2e/debian13-root.sh")
        found += ["in the Debian 13 root: " + first_line(script, "exec", name, "--version")
                  for name in ("buildah", "skopeo", "podman", "wasmedge")]
    return [text for text in found if text]


def markdown(results, debian13):
    lines = [BEGIN, "", f"Machine: {machine()}.", "", f"Peers: {'; '.join(versions(debian13))}.", ""]
    lines += ["![Times beside those of the peers](results.svg)", ""]
    lines += ["| Case | | Median | Times ours | Target |", "|---|---|---:|---:|---|"]
    for case in results.times:
        title = case.title
        for name, median, ratio, target in time_rows(case):
            lines.append(f"| {title} | {name} | {median} | {ratio} | {target} |")
            title = ""
    if results.memory:
        lines += ["", "| Peak memory of a build | MiB |", "|---|---:|"]
        lines += [f"| {name} | {peak:.0f} |" for name, peak in results.memory]
    if results.written:
        lines += ["", "| Bytes written by a build | Layer | Written | Ratio | The same build again |",
                  "|---|---:|---:|---:|---:|"]
        lines += [f"| {name} | {layer:,} | {first:,} | {first / layer:.3f} | {again:,} |"
                  for name, layer, first, again in results.written]
    return "\n".join([*lines, "", END])


def picture(results):
    """Bars as SVG: the times of each case to a scale of its own, with the targets' marks."""
    width, left, row, full = 860, 300, 22, 400
    cases = [c for c in results.times if c.contenders and c.contenders[0].median()]
    parts, y = [], 16

    def text(x, y, words, extra=""):
        parts.append(f'<text x="{x:.1f}" y="{y}" {extra}>{html.escape(words)}</text>')

    for case in cases:
        y += 12
        text(8, y, case.title, 'font-weight="bold"')
        y += 8
        rows = [(c, case.ratio(c), case.target(c)) for c in case.contenders if case.ratio(c)]
        unit = full / max(max(ratio, target or 0) for _, ratio, target in rows)
        for contender, ratio, target in rows:
            is_ours = contender is case.contenders[0]
            end = left + unit * ratio
            text(left - 8, y + 14, contender.name, 'text-anchor="end"')
            parts.append(f'<rect x="{left}" y="{y + 2}" width="{unit * ratio:.1f}" '
                         f'height="{row - 6}" fill="{"#2a9d5c" if is_ours else "#8a94a6"}"/>')
            if target and not is_ours:
                mark = left + unit * target
                parts.append(f'<path d="M{mark:.1f} {y}v{row - 2}" stroke="#c0392b" '
                             f'stroke-width="2"/>')
                end = max(end, mark)
            label = milliseconds(contender.median()) + ("" if is_ours else f"  ({ratio:.1f} ×)")
            text(end + 6, y + 14, label)
            y += row
        y += 10
    text(8, y + 14, "Shorter is better. Red: the target, a multiple of modulah's time.",
         'fill="#666"')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 28}" '
            f'font-family="sans-serif" font-size="13">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def write(results, folder, debian13):
    readme = folder / "README.md"
    text = readme.read_text()
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    readme.write_text(head + markdown(results, debian13) + tail)
    (folder / "results.svg").write_text(picture(results))
