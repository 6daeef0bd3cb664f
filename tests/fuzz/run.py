#!/usr/bin/env python3
"""Runs the libFuzzer programs of a build, some at once, and says what each did.

usage: run.py BIN_DIRECTORY CORPUS_DIRECTORY [--jobs N] [--seconds N] [TARGET...]

Each target runs for --seconds (default: 60) over CORPUS_DIRECTORY/TARGET, which keeps what it
finds from one run to the next, and over the small inputs in seeds/TARGET. An input that crashes a
target, or takes too long or too much memory, is kept in CORPUS_DIRECTORY/TARGET.found. The table
has, for each target, how many inputs were executed, how many edges of the code they reached, and how
many inputs the corpus has. The status is 1 when a target found something.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

SEEDS = pathlib.Path(__file__).parent / "seeds"
MAX_INPUT_BYTES = 65536
MAX_MEMORY_MB = 2048
MAX_SECONDS_PER_INPUT = 20


class Result:
    """What one target did."""

    def __init__(self, target, status, output, corpus):
        self.target = target
        self.is_good = status == 0
        executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
        edges = re.findall(r"\bcov: (\d+)", output)
        self.executions = int(executed.group(1)) if executed else 0
        self.edges = int(edges[-1]) if edges else 0
        self.inputs = sum(1 for _ in corpus.iterdir())
        self.words = re.findall(r"(?m)^(?:==\d+==\s*ERROR: |SUMMARY: |.*Test unit written to ).*", output)


def fuzz(program, target, corpora, seconds):
    corpus = corpora / target
    found = corpora / f"{target}.found"
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    command = [program, f"-max_total_time={seconds}", f"-max_len={MAX_INPUT_BYTES}",
               f"-rss_limit_mb={MAX_MEMORY_MB}", f"-timeout={MAX_SECONDS_PER_INPUT}",
               "-print_final_stats=1", f"-artifact_prefix={found}{os.sep}", corpus]
    if (SEEDS / target).is_dir():
        command.append(SEEDS / target)
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         errors="replace", check=False)
    result = Result(target, run.returncode, run.stdout, corpus)
    print(f"{target}: {result.executions} executions" if result.is_good
          else f"{target}: FOUND\n" + "\n".join(result.words), file=sys.stderr)
    return result


def main():
    parser = argparse.ArgumentParser(description="Run the fuzz targets.")
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("corpora", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("targets", nargs="*")
    options = parser.parse_args()
    programs = {path.name.removeprefix("fuzz_"): path for path in sorted(options.bin.glob("fuzz_*"))}
    unknown = [target for target in options.targets if target not in programs]
    if unknown or not programs:
        sys.exit(f"run.py: error: there is no fuzz target {', '.join(unknown) or 'at all'}; "
                 f"there are: {', '.join(programs)}")
    targets = options.targets or list(programs)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(
            lambda target: fuzz(programs[target], target, options.corpora, options.seconds),
            targets))
    print(f"{'TARGET':<28}{'EXECUTIONS':>12}{'EDGES':>8}{'INPUTS':>8}  RESULT")
    for result in results:
        print(f"{result.target:<28}{result.executions:>12}{result.edges:>8}{result.inputs:>8}  "
              f"{'good' if result.is_good else 'FOUND'}")
    sys.exit(0 if all(result.is_good for result in results) else 1)


if __name__ == "__main__":
    main()
