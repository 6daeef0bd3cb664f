#!/usr/bin/env python3
"""Spoils one document of an OCI layout, and names it rightly again, so that the damage is found by
reading it and not by its digest.

Usage: spoil_layout.py LAYOUT index|manifest|config cut|empty|list|deep|size|digest
"""
import hashlib
import json
import sys
from pathlib import Path

layout, document, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def path_of(descriptor):
    return layout / "blobs" / descriptor["digest"].replace(":", "/")


def spoil(data):
    return {"cut": data[:len(data) // 2], "empty": b"", "list": b"[]",
            "deep": b'{"a":' * 100000}.get(how, data)


def store(data, descriptor):
    """Writes `data` as a blob and makes the descriptor name it."""
    digest = hashlib.sha256(data).hexdigest()
    (layout / "blobs/sha256" / digest).write_bytes(data)
    descriptor.update(digest="sha256:" + digest, size=len(data))


def main():
    index = json.loads((layout / "index.json").read_text())
    entry = index["manifests"][0]
    manifest = json.loads(path_of(entry).read_text())
    if document == "index":
        (layout / "index.json").write_bytes(spoil((layout / "index.json").read_bytes()))
        return
    if how == "size":
        manifest["layers"][0]["size"] += 1
    elif how == "digest":
        manifest["layers"][0]["digest"] = "sha256:" + "0" * 64
    elif document == "config":
        store(spoil(path_of(manifest["config"]).read_bytes()), manifest["config"])
    data = json.dumps(manifest).encode()
    store(spoil(data) if document == "manifest" else data, entry)
    (layout / "index.json").write_text(json.dumps(index))


main()
