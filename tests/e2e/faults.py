#!/usr/bin/env python3
"""Pushes and pulls through a proxy that injects faults, and checks the images.

Usage: faults.py [--runs N] [--seed TEXT] [--rate R] [--way push|pull|both] PROGRAM

In each run, the program has to exit with 0 or 1. After 0 the image has to be complete on the other
side. With 1 there has to be an error message; no name may have changed to anything but the image,
unless the message says so; and the store may have neither blobs with wrong bytes nor temporary files.
Requires docker-registry; exits with 77 when it is not installed. A failed run is printed with its
exchanges, and can be repeated alone: --only N with the same seed.
"""
import argparse
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from fault_proxy import FaultProxy

KIND = "application/vnd.oci.image.manifest.v1+json"
LAYER_BYTES = (1_500_000, 70_000, 3_000)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("docker-registry does not start")


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class World:
    """A store with an image, a registry, and its proxy."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"),
                            "XDG_RUNTIME_DIR": str(folder / "run")}
        self.port = free_port()
        config = folder / "config.yml"
        config.write_text(f"version: 0.1\nlog: {{accesslog: {{disabled: true}}, level: error}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
                          f"http: {{addr: '127.0.0.1:{self.port}'}}\n")
        # `timeout`: it also ends when this script is killed.
        self.registry = subprocess.Popen(["timeout", "7200", "docker-registry", "serve", config],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)
        self.proxy = FaultProxy(self.port)
        self.build()

    def run(self, store, *args):
        return subprocess.run([self.program, "--root", store, *args], env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=300, text=True)

    def build(self):
        context = self.folder / "context"
        context.mkdir()
        lines = ["# check=skip=all", "FROM scratch"]
        for number, size in enumerate(LAYER_BYTES):
            (context / f"f{number}").write_bytes(os.urandom(size))
            lines.append(f"COPY f{number} /f{number}")
        (context / "Containerfile").write_text("\n".join([*lines, 'CMD ["/f0"]', ""]))
        self.store = self.folder / "store"
        result = self.run(self.store, "build", "-q", "-t", "app", str(context))
        assert result.returncode == 0, result.stderr
        images = json.loads(self.run(self.store, "images", "--json").stdout)
        self.digest = images[0].get("digest") or images[0].get("Digest")
        self.manifest = json.loads(self.blob(self.store, self.digest))

    @staticmethod
    def blob(store, digest):
        return (Path(store) / "blobs" / "sha256" / digest.split(":")[1]).read_bytes()

    def get(self, path):
        """From the registry itself, without faults; None for 404."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v2/{path}",
                                         headers={"Accept": KIND})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise


def check_end(result):
    if result.returncode not in (0, 1):
        return f"ended with {result.returncode}"
    if result.returncode == 1 and "modulah: error: " not in result.stderr:
        return "did not say what went wrong"
    return None


def check_store(store):
    folder = Path(store)
    for path in folder.rglob("*"):
        if path.name.startswith(".tmp") or ".tmp" in path.suffixes:
            return f"left {path}"
    for path in (folder / "blobs" / "sha256").glob("*"):
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.name:
            return f"kept wrong bytes as {path}"
    return None


def push(world, name):
    """Pushes; returns what is wrong, or None, and the result."""
    result = world.run(world.store, "push", "--retry-delay", "1ms", "app",
                       f"127.0.0.1:{world.proxy.port}/{name}:v1")
    wrong = check_end(result)
    manifest = world.get(f"{name}/manifests/v1")
    found = digest_of(manifest) if manifest else None
    if wrong is None and result.returncode == 0:
        if found != world.digest:
            wrong = f"succeeded, and the tag is {found}"
        for part in [world.manifest["config"], *world.manifest["layers"]]:
            data = world.get(f"{name}/blobs/{part['digest']}")
            if data is None or digest_of(data) != part["digest"]:
                wrong = f"succeeded without blob {part['digest']}"
    elif wrong is None and found not in (None, world.digest) and found not in result.stderr:
        wrong = f"left the tag at {found} and did not say so"
    return wrong, result


def pull(world, name):
    """Pulls into a new store; returns what is wrong, or None, and the result."""
    store = world.folder / "pulled"
    shutil.rmtree(store, ignore_errors=True)
    image = f"127.0.0.1:{world.proxy.port}/{name}:v1"
    result = world.run(store, "pull", "--retry-delay", "1ms", image)
    wrong = check_end(result) or check_store(store)
    if wrong is None:
        index = store / "index.json"
        is_named = index.exists() and world.digest in index.read_text()
        if is_named != (result.returncode == 0):
            wrong = f"ended with {result.returncode}, and the image is {'' if is_named else 'not '}there"
    if wrong is None and result.returncode == 0:
        for part in [world.manifest["config"], *world.manifest["layers"]]:
            if digest_of(world.blob(store, part["digest"])) != part["digest"]:
                wrong = f"pulled without blob {part['digest']}"
    elif wrong is None:
        # A pull without faults has to succeed in the same store.
        world.proxy.begin("", 0)
        if world.run(store, "pull", "-q", image).returncode != 0:
            wrong = "could not be pulled afterwards"
    return wrong, result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=Path)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rate", type=float, default=0.25)
    parser.add_argument("--way", choices=("push", "pull", "both"), default="both")
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    if not shutil.which("docker-registry"):
        print("skipped: docker-registry is not installed")
        return 77
    failures, ends = 0, {0: 0, 1: 0}
    with tempfile.TemporaryDirectory(prefix="modulah-faults.") as folder:
        world = World(options.program.resolve(), Path(folder))
        try:
            world.run(world.store, "push", "-q", "app", f"127.0.0.1:{world.proxy.port}/source:v1")
            ways = {"push": [push], "pull": [pull], "both": [push, pull]}[options.way]
            for number in range(options.runs) if options.only is None else [options.only]:
                for way in ways:
                    world.proxy.begin(f"{options.seed}/{number}", options.rate)
                    name = "source" if way is pull else f"pushed/{way.__name__}{number}"
                    wrong, result = way(world, name)
                    ends[result.returncode] = ends.get(result.returncode, 0) + 1
                    if wrong:
                        failures += 1
                        print(f"{way.__name__} {number}: {wrong}\n{result.stderr}",
                              "\n".join(world.proxy.log), sep="\n")
        finally:
            world.registry.terminate()
            world.registry.wait()
        total = sum(world.proxy.faults.values())
        print(f"seed {options.seed}: {sum(ends.values())} runs, {total} faults, "
              f"{ends[0]} succeeded, {ends[1]} failed with a message, {failures} wrong")
        print(" ".join(f"{name}={count}" for name, count in sorted(world.proxy.faults.items())))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
