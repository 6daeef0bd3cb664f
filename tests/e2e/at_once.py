#!/usr/bin/env python3
"""Many commands at once, on one store and on one layout.

Usage: at_once.py MODULAH SECONDS WORKERS      (in an empty directory, where all is kept)

Each worker builds images under a name of its own, which nobody else takes away, and tags, pushes,
removes, prunes, pulls, lists and inspects beside the others. Prints a line for each thing that went
wrong, then how often each command ran; ends with 1 when something went wrong.
"""
import collections
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

SECONDS_FOR_ONE = 60


class Trial:
    def __init__(self, program, seconds):
        self.program = program
        self.end = time.monotonic() + seconds
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.faults = []
        self.pushed = {}  # The image that each tag of the layout stands for.

    def fault(self, text):
        with self.lock:
            self.faults.append(text)
            print(text, flush=True)

    def run(self, *words, may_say=()):
        """The command's stdout, or None when it failed with one of the allowed texts."""
        try:
            done = subprocess.run([self.program, "--root", "store", *words], capture_output=True,
                                  text=True, timeout=SECONDS_FOR_ONE, check=False)
        except subprocess.TimeoutExpired:
            self.fault(f"{words}: did not end")
            return None
        with self.lock:
            self.counts[words[0]] += 1
        if done.returncode == 0 and "warning: image " not in done.stderr:
            return done.stdout.strip()
        if not any(text in done.stderr for text in may_say):
            self.fault(f"{words}: {done.returncode}: {done.stderr.strip()}")
        return None

    def build(self, name, context, random_number):
        context.mkdir(exist_ok=True)
        (context / "Containerfile").write_text(
            "# check=skip=all\nFROM scratch\nCOPY shared /\nCOPY own /\n")
        (context / "shared").write_text(str(random_number % 3))
        (context / "own").write_text(f"{name} {random_number}")
        return self.run("build", "-q", "-t", name, str(context))

    def work(self, number):
        rng = random.Random(number)
        own, shared = f"own{number}", f"shared{rng.randrange(3)}"
        image = None
        while time.monotonic() < self.end:
            action = rng.choice(["build", "build", "inspect", "push", "tag", "rmi", "prune", "images",
                                 "pull"])
            if action == "build" or image is None:
                image = self.build(own, pathlib.Path(f"context{number}"), rng.randrange(10**9))
            elif action == "inspect":
                if self.run("inspect", "-f", "{{.Id}}", own) not in (image, None):
                    self.fault(f"{own} is another image than the one that was built")
            elif action == "push":
                tag = f"{own}-{rng.randrange(4)}"
                if self.run("push", "-q", own, f"oci:layout:{tag}") is not None:
                    self.pushed[tag] = image
            elif action == "tag":
                self.run("tag", own, shared)
            elif action == "rmi":
                self.run("rmi", shared, may_say=("no image", "is not in the store"))
            elif action == "prune":
                self.run("rmi", "--prune")
            elif action == "images":
                self.run("images")
            else:
                self.run("pull", "-q", "oci:source:v1")

    def check_layout(self):
        names = {entry.get("annotations", {}).get("org.opencontainers.image.ref.name")
                 for entry in json.loads(pathlib.Path("layout/index.json").read_text())["manifests"]}
        for tag, image in self.pushed.items():
            if tag not in names:
                self.fault(f"the layout has lost {tag}")
            elif self.run("inspect", "-f", "{{.Id}}", f"oci:layout:{tag}") != image:
                self.fault(f"{tag} in the layout is another image")


def main(program, seconds, workers):
    trial = Trial(program, float(seconds))
    trial.build("source", pathlib.Path("source-context"), 0)
    trial.run("push", "-q", "source", "oci:source:v1")
    threads = [threading.Thread(target=trial.work, args=(number,)) for number in range(int(workers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    trial.check_layout()
    print(dict(sorted(trial.counts.items())))
    sys.exit(1 if trial.faults else 0)


main(*sys.argv[1:])
