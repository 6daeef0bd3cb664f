#!/usr/bin/env python3
"""Kills commands that change a store, at random moments.

Usage: killer.py MODULAH KILLS [SEED]      (in an empty directory)

Builds, pulls, tags, removes and prunes, and ends each command by SIGKILL after a random time, until
KILLS of them were killed before their end; some run beside each other. After each round the index is
valid, all images are whole, and no command fails. In the end one command that writes and a prune
leave nothing of the killed ones. Prints each fault, and how often each command was killed; ends
with 1 when there was a fault.
"""
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

from store_state import broken_blobs, names_in

PROGRAM = os.path.abspath(sys.argv[1])
KILLS = int(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
STORE = pathlib.Path("store")
numbers = random.Random(SEED)
kills = collections.Counter()
runs = collections.Counter()
faults = 0
# How long each command takes to its end, so that it is killed in the middle.
lasted = collections.defaultdict(lambda: 0.02)


def fault(text):
    global faults
    faults += 1
    print(text, flush=True)


def modulah(*words):
    return subprocess.run([PROGRAM, "--root", str(STORE), *words], capture_output=True, text=True,
                          check=False)


def write_context(folder):
    folder.mkdir(exist_ok=True)
    (folder / "Containerfile").write_text("# check=skip=all\nFROM scratch\nCOPY . /\nCMD [\"/noise\"]\n")
    (folder / "noise").write_bytes(numbers.randbytes(numbers.choice([10, 100_000, 1_500_000])))


def choose():
    name = f"app{numbers.randrange(4)}"
    return numbers.choice([
        ("build", "-q", "-t", name, "context"), ("build", "-q", "--no-cache", "-t", name, "context"),
        ("pull", "-q", "oci:source:v1"), ("tag", name, f"app{numbers.randrange(4)}"),
        ("rmi", name), ("rmi", "--prune"), ("rmi", "--all"), ("build", "-q", "-t", name, "context"),
        ("fsck", "-q", "--repair")])


ALLOWED = ("is not in the store", "no image \"", "is in use, so it cannot be repaired", "No such file",
           "has several names", "others are using the store")


def start(words):
    return words, time.monotonic(), subprocess.Popen(
        [PROGRAM, "--root", str(STORE), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True)


def finish(words, started, process):
    time.sleep(max(0, started + numbers.uniform(0, lasted[words[0]] * 1.2) - time.monotonic()))
    process.send_signal(signal.SIGKILL)
    error = process.communicate()[1]
    runs[words[0]] += 1
    if process.returncode == -signal.SIGKILL:
        kills[words[0]] += 1
    elif process.returncode not in (0, 1) or (
            process.returncode == 1 and not any(text in error for text in ALLOWED)):
        fault(f"{words}: {process.returncode}: {error.strip()}")
    else:
        lasted[words[0]] = min(0.5, max(0.01, 0.7 * lasted[words[0]] +
                                        0.3 * (time.monotonic() - started)))


def check():
    listed = modulah("images", "--json")
    if listed.returncode != 0 or listed.stderr:
        fault(f"images: {listed.returncode}: {listed.stderr.strip()}")
    if STORE.exists() and broken_blobs(STORE):
        fault(f"broken: {broken_blobs(STORE)} of {names_in(STORE)}")


def leftovers():
    return [str(path) for path in STORE.rglob(".tmp-*")]


def main():
    context = pathlib.Path("context")
    write_context(context)
    for words in (["build", "-q", "-t", "base", "context"], ["push", "-q", "base", "oci:source:v1"]):
        subprocess.run([PROGRAM, "--root", "other", *words], check=True, capture_output=True)
    while sum(kills.values()) < KILLS and not faults:
        write_context(context)
        for one in [start(choose()) for _ in range(numbers.choice([1, 1, 1, 3]))]:
            finish(*one)
        check()
    last = modulah("build", "-q", "-t", "last", "context")
    if last.returncode != 0:
        fault(f"the last build: {last.stderr.strip()}")
    if list((STORE / "cache/tmp").iterdir()):
        fault(f"left after a build: {list((STORE / 'cache/tmp').iterdir())}")
    modulah("rmi", "--prune")
    if leftovers():
        fault(f"left after a prune: {leftovers()}")
    checked = modulah("fsck", "-q")
    if checked.returncode != 0:
        fault(f"fsck: {checked.stdout.strip()}")
    print(f"killed {sum(kills.values())} of {sum(runs.values())}: {dict(sorted(kills.items()))}")
    sys.exit(1 if faults else 0)


main()
