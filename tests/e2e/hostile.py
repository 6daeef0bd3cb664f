#!/usr/bin/env python3
"""Runs push, pull and login against a hostile registry: see hostile_registry.py.

Usage: hostile.py [--runs N] [--seed TEXT] [--slow] [--only N] PROGRAM

In each run, the program has to exit soon, with 0 or 1 and a message; send few requests, use little
memory, store no wrong blobs, not show the password, and print no control characters. Without --slow,
the endless answers that only a time limit ends are left out; with it, each of them is tried once,
which takes minutes.
"""
import argparse
import hashlib
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hostile_registry import KINDS, QUICK, SLOW, HostileRegistry

MAX_REQUESTS = 200
MAX_SECONDS = 60
MAX_SLOW_SECONDS = 420
MAX_MEMORY = 2 << 30
PASSWORD = "secret-word"


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


class World:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        # Sanitizers reserve terabytes of address space: such a program cannot be limited.
        self.limit = None if b"AddressSanitizer" in program.read_bytes() else limit_memory
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"),
                            "XDG_RUNTIME_DIR": str(folder / "run")}
        (folder / "context").mkdir()
        (folder / "context" / "Containerfile").write_text("FROM scratch\nCOPY data /\n")
        (folder / "context" / "data").write_bytes(os.urandom(20_000))
        result = self.run(folder / "store", "build", "-q", "-t", "app", str(folder / "context"))
        assert result.returncode == 0, result.stderr

    def run(self, store, *args, seconds=MAX_SECONDS):
        return subprocess.run([self.program, "--root", store, *args], env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds,
                              errors="surrogateescape", preexec_fn=self.limit)


def stray(store):
    """A file that must not be in the store after a failure, or None."""
    for path in store.rglob("*"):
        if path.name.startswith(".tmp"):
            return f"left {path}"
        if path.parent.name == "sha256" and path.is_file() and \
                hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            return f"kept wrong bytes as {path}"
    return None


def attempt(world, registry, number, plan, command, rng, seconds):
    """Runs one command against one plan; returns what is wrong, or None, and the output."""
    registry.begin(plan, rng.random(), needs_login=rng.random() < 0.5 or plan[0] == "token")
    address = f"127.0.0.1:{registry.port}"
    login = ["--creds", f"ana:{PASSWORD}", "--retry-delay", "1ms"]
    store = world.folder / f"other{number}"
    begin = time.monotonic()
    try:
        if command == "pull":
            result = world.run(store, "pull", *login, f"{address}/pull/app", seconds=seconds)
        elif command == "push":
            result = world.run(world.folder / "store", "push", *login, "app",
                               f"{address}/push/app", seconds=seconds)
        else:
            result = world.run(store, "login", "-u", "ana", "-p", PASSWORD, address, seconds=seconds)
    except subprocess.TimeoutExpired:
        return f"did not end in {seconds} s", ""
    took = time.monotonic() - begin
    said = result.stdout + result.stderr
    if result.returncode not in (0, 1):
        return f"ended with {result.returncode} after {took:.1f} s", said
    if result.returncode == 1 and "modulah: error: " not in said:
        return "did not say what went wrong", said
    if PASSWORD in said:
        return "showed the password", said
    if any(ord(c) < 32 and c != "\n" or "\x7f" <= c <= "\x9f" or c == "\u202e" for c in said):
        return "let the registry steer the terminal", said
    if "all is well" in [line[9:].strip() for line in said.split("\n") if line.startswith("modulah: ")]:
        return "let the registry write a line", said
    if len(registry.requests) > MAX_REQUESTS:
        return f"asked {len(registry.requests)} times", said
    wrong = stray(store) if store.exists() else None
    shutil.rmtree(store, ignore_errors=True)
    return wrong, said


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if options.slow:
        plans = [((kind, how), command) for how in SLOW
                 for kind, command in (("manifest", "pull"), ("blob", "pull"), ("ping", "login"))]
    else:
        rng = random.Random(options.seed)
        plans = [((rng.choice(KINDS), QUICK[number % len(QUICK)]),
                  rng.choice(("pull", "pull", "push", "login"))) for number in range(options.runs)]
    with tempfile.TemporaryDirectory(prefix="modulah-hostile.") as folder:
        world = World(options.program.resolve(), Path(folder))

        def run(number):
            plan, command = plans[number]
            registry = HostileRegistry()
            begin = time.monotonic()
            wrong, said = attempt(world, registry, number, plan, command,
                                  random.Random(f"{options.seed}/{number}"),
                                  MAX_SLOW_SECONDS if options.slow else MAX_SECONDS)
            if wrong:
                print(f"{number}: {command} {plan}: {wrong}\n{said[-2000:]!r}\n"
                      + "\n".join(registry.requests[:20]), flush=True)
            elif options.slow:
                print(f"{command} {plan}: {time.monotonic() - begin:.0f} s, "
                      f"{len(registry.requests)} requests", flush=True)
            registry.end()
            return wrong is not None

        numbers = range(len(plans)) if options.only is None else [options.only]
        # The slow ones wait for nothing but time.
        with ThreadPoolExecutor(len(plans) if options.slow else 1) as pool:
            failures = sum(pool.map(run, numbers))
    print(f"seed {options.seed}: {len(plans)} runs, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
