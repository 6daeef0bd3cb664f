#!/usr/bin/env python3
"""Builds random contexts with modulah and with buildah, and compares the images.

Usage: differential.py MODULAH [--seed N] [--cases N] [--work DIR] [--buildah COMMAND] [--json]

Compared are the files after all layers (type, mode, owner, link target, content), the fields of the
configuration that both should have, and whether a build fails. A difference that is a choice of the
project has a rule here, with a name and the page that explains it. Any other is printed with the
smallest case that shows it, and ends this program with 1.

The last line says how many cases were compared: built by both and the same, refused by both, and
explained by which rule.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import random_context
import peer_rules
from peer_rules import Difference


class Image:
    """What of an image is compared: files by path, and fields of the configuration."""

    def __init__(self, config, layers):
        self.files = {}
        for layer in layers:
            self.apply(layer)
        self.files.pop("", None)
        self.config = normal_config(config)

    def apply(self, layer):
        with tarfile.open(layer) as tar:
            for member in tar:
                self.apply_member(tar, member)

    def apply_member(self, tar, member):
        path = os.path.normpath("/" + member.name).lstrip("/")
        parent, name = os.path.split(path)
        if name.startswith(".wh."):
            gone = parent if name == ".wh..wh..opq" else os.path.join(parent, name[4:])
            self.remove(gone, keep=name == ".wh..wh..opq")
            return
        mode, content = member.mode & 0o7777, ""
        if member.islnk():
            self.files[path] = self.files[os.path.normpath("/" + member.linkname).lstrip("/")]
            return
        kind = {tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink", tarfile.FIFOTYPE: "fifo"}.get(member.type, "file")
        if kind == "symlink":
            mode, content = 0o777, member.linkname
        elif kind == "file":
            content = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
        if kind != "directory":
            self.remove(path, keep=False)
        self.files[path] = (kind, f"{mode:04o}", f"{member.uid}:{member.gid}", content)

    def remove(self, path, keep):
        for other in [f for f in self.files if f.startswith(path + "/") or (not keep and f == path)]:
            del self.files[other]


FIELDS = ["Env", "Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Volumes", "Labels", "StopSignal", "Healthcheck",
          "OnBuild", "Shell"]
DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def normal_config(config):
    """Empty, null and absent are the same; what buildah puts into each image of its own is left out."""
    inner = dict(config.get("config") or {})
    inner["Labels"] = {k: v for k, v in (inner.get("Labels") or {}).items()
                       if k not in ("io.buildah.version", "module.wasm.image/variant")}
    # buildah begins with a PATH; where one stands that the Containerfile sets is of no matter.
    inner["Env"] = sorted((e for e in inner.get("Env") or [] if e != DEFAULT_PATH), key=lambda e: e.startswith("PATH="))
    inner["WorkingDir"] = inner.get("WorkingDir") or "/"
    result = {field: inner.get(field) or None for field in FIELDS}
    result["author"] = config.get("author") or None
    return result


class Modulah:
    def __init__(self, program, work):
        self.program, self.work = program, work

    def build(self, context, options):
        """An Image, or the message of the error."""
        store, layout = self.work / "ours", self.work / "our-layout"
        for folder in (store, layout):
            shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run(
            [self.program, "--root", store, "build", "-q", "--format", "docker", "--platform", "linux/amd64",
             "-t", f"oci:{layout}:v1", "-f", context + ".file", *options, context], capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            if done.returncode != 1:
                raise RuntimeError(f"modulah ended with {done.returncode}: {done.stderr}")
            return done.stderr
        index = json.loads((layout / "index.json").read_text())
        blob = lambda digest: layout / "blobs" / "sha256" / digest.split(":")[1]
        manifest = json.loads(blob(index["manifests"][0]["digest"]).read_text())
        return Image(json.loads(blob(manifest["config"]["digest"]).read_text()),
                     [blob(layer["digest"]) for layer in manifest["layers"]])


class Buildah:
    def __init__(self, command, work):
        self.work = work
        self.command = [*command, "--root", work / "theirs", "--runroot", work / "their-run", "--storage-driver", "vfs"]
        version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        self.version = tuple(int(n) for n in re.search(r"version (\d+)\.(\d+)", version).groups())
        self.features = set()
        if self.version >= (1, 33):
            self.features |= {"heredoc"}
        if self.version >= (1, 39):
            self.features |= {"exclude"}
        self.images = 0

    def build(self, context, options):
        out = self.work / "their-image"
        shutil.rmtree(out, ignore_errors=True)
        self.images += 1
        if self.images % 50 == 0:
            for name in ("theirs", "their-run"):
                shutil.rmtree(self.work / name, ignore_errors=True)
        done = subprocess.run(
            [*self.command, "build", "-q", "--isolation", "chroot", "--format", "docker", "--layers=false", "--platform", "linux/amd64",
             "-t", f"dir:{out}", "-f", context + ".file", *options, context], capture_output=True, text=True, errors="replace",
            env={"PATH": os.environ["PATH"], "HOME": str(self.work), "TMPDIR": str(self.work)})
        if done.returncode != 0:
            return done.stderr
        blob = lambda digest: out / digest.split(":")[1]
        manifest = json.loads((out / "manifest.json").read_text())
        return Image(json.loads(blob(manifest["config"]["digest"]).read_text()),
                     [blob(layer["digest"]) for layer in manifest["layers"]])


def last_error(text):
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(modulah: )?error:|Error:", line, re.I)]
    return (errors or lines or ["(no words)"])[-1]


def differences(ours, theirs):
    """A list of Difference; empty when both refuse the case."""
    if isinstance(ours, str) and isinstance(theirs, str):
        return []
    if isinstance(ours, str) or isinstance(theirs, str):
        who = "modulah" if isinstance(ours, str) else "buildah"
        return [Difference(f"only {who} fails", "", last_error(ours) if who == "modulah" else "built",
                           last_error(theirs) if who == "buildah" else "built")]
    found = []
    for path in sorted(set(ours.files) | set(theirs.files)):
        found += file_differences(path, ours.files.get(path), theirs.files.get(path))
    for name, value in ours.config.items():
        if value != theirs.config[name]:
            found.append(Difference(f"config {name}", "", value, theirs.config[name]))
    return found


def file_differences(path, ours, theirs):
    if ours == theirs:
        return []
    if theirs is None:
        return [Difference("only in modulah's image", path, ours, None)]
    if ours is None:
        return [Difference("only in buildah's image", path, None, theirs)]
    if ours[0] != theirs[0]:
        return [Difference("type", path, ours, theirs)]
    return [Difference(f"{ours[0]} {name}", path, a, b)
            for name, a, b in zip(("type", "mode", "owner", "content"), ours, theirs) if a != b]


class Comparison:
    def __init__(self, modulah, buildah, work):
        self.modulah, self.buildah, self.work = modulah, buildah, work
        self.counts = collections.Counter()
        self.known = collections.Counter()

    def write(self, case):
        folder = self.work / "case"
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        case.write(str(folder / "context"))
        return str(folder / "context")

    def outcome(self, case):
        """What became of the case, the differences that no rule explains, and the rules that were used."""
        context = self.write(case)
        ours = self.modulah.build(context, case.options)
        theirs = self.buildah.build(context, case.options)
        found = differences(ours, theirs)
        rules = peer_rules.explain(found, case, self.buildah.version)
        used = [rule for rule in rules if rule]
        left = [difference for difference, rule in zip(found, rules) if rule is None]
        if left:
            return "different", left, used
        failures = isinstance(ours, str) + isinstance(theirs, str)
        name = "the same" if failures == 0 else "one refuses" if failures == 1 else "refused by both"
        return name + (", but for rules" if used else ""), left, used

    def mend(self, case, keep_probability=0.15):
        """Takes instructions out that modulah refuses, from most cases: they hide what comes after."""
        chance = random.Random(case.seed)
        while chance.random() >= keep_probability:
            refused = self.modulah.build(self.write(case), case.options)
            place = re.search(r"context\.file:(\d+)", refused) if isinstance(refused, str) else None
            if place is None:
                return
            line, position = int(place[1]) - 1, 0  # The first line is a comment.
            while line > (height := case.instructions[position].count("\n") + 1):
                line, position = line - height, position + 1
            if case.instructions[position].upper().startswith("FROM"):
                return
            del case.instructions[position]

    def run(self, case):
        """The differences of a case that no rule explains."""
        self.mend(case)
        name, left, used = self.outcome(case)
        self.counts[name] += 1
        self.known.update(set(used))
        return left

    def shrink(self, case, kind):
        """The case with fewer instructions, options and files that still differs in the same way."""
        def differs():
            try:
                return kind in [difference.kind for difference in self.outcome(case)[1]]
            except (OSError, RuntimeError):
                return False
        for name, width in (("instructions", 1), ("options", 2), ("nodes", 1)):
            position = 0
            while position < len(getattr(case, name)):
                before = list(getattr(case, name))
                setattr(case, name, before[:position] + before[position + width:])
                if not differs():
                    setattr(case, name, before)
                    position += width
        if case.ignore is not None:
            self.shrink_ignore(case, differs)
        return case

    @staticmethod
    def shrink_ignore(case, differs):
        before, case.ignore = case.ignore, None
        if differs():
            return
        lines = before.splitlines()
        for line in list(lines):
            fewer = [other for other in lines if other is not line]
            case.ignore = "\n".join(fewer)
            if differs():
                lines = fewer
        case.ignore = "\n".join(lines)


def show(case, left):
    print(f"--- seed {case.seed}", *left, sep="\n")
    print("context:")
    for node in case.nodes:
        more = f" -> {node.target}" if node.target else f" {node.mode:04o} {len(node.content)} bytes"
        print(f"  {node.kind} {node.path!r}{more}")
    if case.ignore is not None:
        print(f"{case.ignore_name}: {case.ignore!r}")
    if case.options:
        print("options:", shlex.join(case.options))
    print(case.containerfile(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modulah")
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--cases", type=int, default=40)
    parser.add_argument("--work", default=tempfile.gettempdir(), help="where a temporary folder is made")
    parser.add_argument("--buildah", default="buildah", help="the command, with words before it if need be")
    parser.add_argument("--no-shrink", action="store_true", help="show different cases as they are")
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="differential.", dir=args.work))
    try:
        comparison = Comparison(Modulah(args.modulah, work), Buildah(shlex.split(args.buildah), work), work)
        for seed in range(args.seed, args.seed + args.cases):
            case = random_context.Generator(seed, comparison.buildah.features).make()
            left = comparison.run(case)
            if not left:
                continue
            if not args.no_shrink:
                case = comparison.shrink(case, left[0].kind)
                left = comparison.outcome(case)[1] or left
            show(case, left)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(work)], check=False)
        shutil.rmtree(work, ignore_errors=True)
    print("rules:", json.dumps(dict(sorted(comparison.known.items()))))
    print("cases:", json.dumps(dict(sorted(comparison.counts.items()))))
    return 1 if comparison.counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
