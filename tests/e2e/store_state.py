"""What is in a store, read without the program: for the tests that stop it at any moment."""
import hashlib
import json


def names_in(root):
    try:
        index = json.loads((root / "index.json").read_text())
    except FileNotFoundError:
        return {}
    return {entry["annotations"]["org.opencontainers.image.ref.name"]: entry["digest"]
            for entry in index["manifests"] if "annotations" in entry}


def broken_blobs(root):
    """What the images of the index need and do not have."""
    path = root / "index.json"
    if not path.exists():
        return []
    needed = [(entry["digest"], True) for entry in json.loads(path.read_text())["manifests"]]
    broken = []
    for digest, is_document in needed:
        blob = root / "blobs" / digest.replace(":", "/")
        data = blob.read_bytes() if blob.exists() else b""
        if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
            broken.append(digest)
        elif is_document:
            manifest = json.loads(data)
            needed += [(one["digest"], False) for one in [manifest["config"], *manifest["layers"]]]
    return broken
