#!/usr/bin/env python3
"""Checks the includes of every component against the arrows in layers.txt.

Usage: check_layers.py SOURCE_DIR
Prints each include that goes against the arrows, each include of a third-party header in a public
header, and each call that parses JSON without a bound on its nesting (see modulah/base/json.h); ends
with 1 when there is one.
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
OWN = "modulah/"
PARSE = re.compile(r"(json|document)\w*::(parse|accept|sax_parse)\(", re.IGNORECASE)
# Those that look at the nesting themselves, or get events and make no value.
PARSERS = {"base/include/modulah/base/json.h", "oci-spec/reader_json.cc",
           "containerfile/directives.cc", "containerfile/json_list.cc"}
# The C and C++ standard libraries and the system's own headers.
STANDARD = re.compile(r"^([a-z_0-9]+|sys/[a-z_0-9]+\.h|[a-z_0-9]+\.h)$")


def read_arrows(text):
    arrows = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line:
            folder, others = line.split(":", 1)
            arrows[folder] = set(others.split())
    return arrows


def owners(root, arrows):
    """Maps each public header's include path to the folder that has it."""
    found = {}
    for folder in arrows:
        base = root / folder / "include"
        for header in sorted(base.rglob("*.h")):
            found[header.relative_to(base).as_posix()] = folder
    return found


def check(root):
    arrows = read_arrows((root / "cmake" / "layers.txt").read_text())
    owner = owners(root, arrows)
    problems = []
    for folder, allowed in arrows.items():
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            is_public = "include" in path.relative_to(root / folder).parts
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                name = match.group(2)
                place = f"{path.relative_to(root)}:{number}"
                if name.startswith(OWN):
                    target = owner.get(name)
                    if target is None:
                        problems.append(f"{place}: no component has {name}")
                    elif target != folder and target not in allowed:
                        problems.append(f"{place}: {folder} may not include {name} of {target}")
                elif is_public and not STANDARD.match(name):
                    problems.append(f"{place}: a public header includes the third-party {name}")
    return problems + unbounded_json(root, [*arrows, "tools"])


def unbounded_json(root, folders):
    """Each call that parses JSON however deep it is nested."""
    return [f"{path.relative_to(root)}:{number}: JSON is parsed without parse_json()"
            for folder in folders for path in sorted((root / folder).rglob("*"))
            if path.suffix in (".h", ".cc") and path.relative_to(root).as_posix() not in PARSERS
            for number, line in enumerate(path.read_text().splitlines(), 1) if PARSE.search(line)]


def main():
    problems = check(Path(sys.argv[1]))
    print("\n".join(problems) if problems else "layers: all includes follow the arrows")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
