#!/usr/bin/env python3
"""Lists the files in the layers of the first image of an OCI layout, applied in order.

Usage: list_layers.py LAYOUT_DIRECTORY

One line for each file, sorted by path: kind, mode, owner, path, target of a link, size and checksum
of a file. Times are not listed: they are what tools rightly differ in.
"""
import hashlib
import json
import sys
import tarfile
from pathlib import Path


def blob(layout, descriptor):
    return Path(layout, "blobs", *descriptor["digest"].split(":"))


def main():
    layout = sys.argv[1]
    index = json.loads(Path(layout, "index.json").read_text())
    manifest = json.loads(blob(layout, index["manifests"][0]).read_text())
    files = {}
    for layer in manifest["layers"]:
        with tarfile.open(blob(layout, layer)) as tar:
            for member in tar:
                path = "/" + member.name.strip("/").removeprefix("./")
                # Old versions of buildah write the kind of the file into the mode as well.
                words = [member.type.decode(), f"{member.mode & 0o7777:04o}", f"{member.uid}:{member.gid}", path]
                if member.linkname:
                    words.append("-> " + member.linkname)
                if member.isfile():
                    content = tar.extractfile(member).read()
                    words += [str(len(content)), hashlib.sha256(content).hexdigest()]
                files[path] = " ".join(words)
    files.pop("/", None)
    print("\n".join(files[path] for path in sorted(files)))


main()
