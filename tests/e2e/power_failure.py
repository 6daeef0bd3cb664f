#!/usr/bin/env python3
"""Simulates power failures at every step of commands that change a store.

Usage: power_failure.py MODULAH RECORDER [STATES] [SEED]      (in an empty directory)

Each command runs once with RECORDER (record_writes.c), which logs every call that changes a file.
Then, for steps of the log, the store is put together as a disk may have it when the power fails
there: what was synced is there; of the rest, in turn, nothing, all names but no data, all names and
zeros instead of data, or whatever a random number says. Each of these stores has to be valid: the
names are those of before or after, all their images are whole, and the command, run again, works.
Prints a line for each fault and how many states were looked at; ends with 1 when there is a fault.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys

from store_state import broken_blobs, names_in

PROGRAM, RECORDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
STATES = int(sys.argv[3]) if len(sys.argv) > 3 else 40
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
HERE = pathlib.Path.cwd()
STORE = HERE / "store"
VARIANTS = ("nothing", "names", "zeros", "random", "random")


class File:
    """A file's bytes as they are, and as the disk has them for sure."""

    def __init__(self, data=b""):
        self.data = bytearray(data)
        self.synced = None  # Never yet.
        self.mtime = None


class Disk:
    """Directories and files; a name is an entry of a directory, and is safe once that is synced."""

    def __init__(self):
        self.now = {}  # path -> File, or None for a directory.
        self.safe = {}
        self.pending = []  # Changes of names since: (directory, path, File/None/"gone").

    def load(self, root):
        for path in [root, *root.rglob("*")] if root.exists() else []:
            file = None
            if not path.is_dir():
                file = File(path.read_bytes())
                file.synced = bytes(file.data)
                file.mtime = path.stat().st_mtime_ns
            self.now[str(path)] = self.safe[str(path)] = file

    def change(self, path, value):
        if value == "gone":
            self.now.pop(path, None)
        else:
            self.now[path] = value
        self.pending.append((os.path.dirname(path), path, value))

    def apply(self, line):
        word, *rest = line.split(" ")
        path = rest[0].replace(" (deleted)", "")
        file = self.now.get(path)
        if word == "create":
            self.change(path, File())
        elif word == "mkdir":
            self.change(path, None)
        elif word == "link":
            self.change(rest[1], file)
        elif word == "rename":
            # One change: no disk has both names or none of them.
            self.now.pop(path, None)
            self.now[rest[1]] = file
            self.pending.append((os.path.dirname(rest[1]), (path, rest[1]), file))
        elif word == "unlink":
            self.change(path, "gone")
        elif file is not None and word == "write":
            at, data = int(rest[1]), bytes.fromhex(rest[2])
            file.data[len(file.data):] = bytes(max(0, at - len(file.data)))
            file.data[at:at + len(data)] = data
        elif file is not None and word == "truncate":
            size = int(rest[1])
            file.data = file.data[:size] + bytes(max(0, size - len(file.data)))
        elif file is not None and word == "mtime":
            file.mtime = int(rest[1]) * 10**9 + int(rest[2])
        elif word == "sync" and file is not None:
            file.synced = bytes(file.data)
        elif word == "sync":
            kept = [one for one in self.pending if one[0] == path]
            self.pending = [one for one in self.pending if one[0] != path]
            for one in kept:
                self.settle(self.safe, one)

    @staticmethod
    def settle(names, change):
        _, path, value = change
        if isinstance(path, tuple):
            names.pop(path[0], None)
            path = path[1]
        if value == "gone":
            names.pop(path, None)
        else:
            names[path] = value

    def survivors(self, variant, numbers):
        names = dict(self.safe)
        for change in self.pending:
            if variant != "nothing" and (variant != "random" or numbers.random() < 0.5):
                self.settle(names, change)
        for path, file in sorted(names.items()):
            above = [str(one) for one in pathlib.Path(path).parents if one.is_relative_to(STORE)]
            if all(names.get(directory, "gone") is None for directory in above):
                yield path, file  # Its directories are there, too.

    @staticmethod
    def bytes_left(file, variant, numbers):
        data, synced = bytes(file.data), file.synced or b""
        if data == file.synced or variant == "nothing":
            return synced
        if variant == "random":
            variant = numbers.choice(["names", "zeros", "part", "all"])
        return {"names": synced, "zeros": bytes(len(data)),
                "part": data[:numbers.randrange(len(data) + 1)], "all": data}[variant]

    def write(self, root, variant, numbers):
        shutil.rmtree(root, ignore_errors=True)
        for path, file in self.survivors(variant, numbers):
            target = root / os.path.relpath(path, STORE)
            if file is None:
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.write_bytes(self.bytes_left(file, variant, numbers))
            if file.mtime and variant != "nothing":
                os.utime(target, ns=(file.mtime, file.mtime))


def modulah(root, words, environment=None):
    words = [word.replace("@ROOT@", str(root)) for word in words]
    return subprocess.run([PROGRAM, "--root", str(root), *words], capture_output=True, text=True,
                          env={**os.environ, **(environment or {})}, check=False)


class Trial:
    def __init__(self):
        self.numbers = random.Random(SEED)
        self.states = 0
        self.faults = 0

    def fault(self, text):
        self.faults += 1
        print(text, flush=True)

    def check(self, root, words, wanted, where):
        self.states += 1
        listed = modulah(root, ["images", "--json"])
        if listed.returncode != 0 or listed.stderr:
            return self.fault(f"{where}: images: {listed.stderr.strip()}")
        if names_in(root) not in wanted:
            return self.fault(f"{where}: the names are {names_in(root)}")
        if broken_blobs(root):
            return self.fault(f"{where}: broken: {broken_blobs(root)}")
        again = modulah(root, words)
        if again.returncode != 0:
            return self.fault(f"{where}: again: {again.stderr.strip()}")
        if names_in(root) != wanted[-1]:
            return self.fault(f"{where}: after running again the names are {names_in(root)}")
        checked = modulah(root, ["fsck", "-q"])
        if broken_blobs(root) or "part of" in checked.stdout:
            return self.fault(f"{where}: broken after running again: {checked.stdout.strip()}")

    def command(self, *words):
        disk = Disk()
        disk.now[str(STORE)] = disk.safe[str(STORE)] = None
        disk.load(STORE)
        before = names_in(STORE)
        log = HERE / "log"
        log.unlink(missing_ok=True)
        done = modulah(STORE, words, {"LD_PRELOAD": RECORDER, "RECORD_TO": str(log),
                                      "RECORD_BENEATH": str(STORE)})
        if done.returncode != 0:
            return self.fault(f"{words}: {done.stderr.strip()}")
        lines = log.read_text().splitlines() if log.exists() else []
        wanted = [before, names_in(STORE)]
        chosen = set(self.numbers.sample(range(len(lines)), min(STATES, len(lines))))
        # The moments before and after each sync and rename are looked at in any case.
        chosen |= {i for i, line in enumerate(lines) if line.split(" ")[0] in ("sync", "rename")}
        for step, line in enumerate(lines):
            disk.apply(line)
            if step not in chosen:
                continue
            for variant in VARIANTS:
                root = HERE / "replayed"
                disk.write(root, variant, self.numbers)
                self.check(root, list(words), wanted,
                           f"{' '.join(words)}: step {step} ({line[:120]}), {variant}")
        return None


def main():
    trial = Trial()
    context = HERE / "context"
    context.mkdir()
    (context / "Containerfile").write_text(
        "# check=skip=all\nFROM scratch AS first\nCOPY a /\nFROM scratch\nCOPY a /\nCOPY b /\nCMD [\"/a\"]\n")
    (context / "a").write_text("one " * 1000)
    (context / "b").write_bytes(random.Random(SEED).randbytes(5000))
    build = ("build", "-q", "-t", "app", "context")
    trial.command(*build)
    (context / "a").write_text("two " * 1000)
    trial.command(*build)
    trial.command("tag", "app", "other")
    subprocess.run([PROGRAM, "--root", "elsewhere", "build", "-q", "-t", "pulled", "--label", "a=b",
                    "context"], check=True, capture_output=True)
    subprocess.run([PROGRAM, "--root", "elsewhere", "push", "-q", "pulled", "oci:layout:v1"],
                   check=True, capture_output=True)
    trial.command("pull", "-q", "oci:layout:v1")
    trial.command("rmi", "-i", "app")
    trial.command("rmi", "-i", "other")
    trial.command("rmi", "--prune")
    print(f"{trial.states} states, {trial.faults} faults")
    sys.exit(1 if trial.faults else 0)


main()
