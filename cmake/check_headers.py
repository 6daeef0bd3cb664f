#!/usr/bin/env python3
"""Checks that every public header compiles alone, with g++ and with clang++.

Usage: check_headers.py SOURCE_DIR
"""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def compile_alone(job):
    compiler, header, includes = job
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-x", "c++",
               "-include", str(header), "/dev/null", *includes]
    result = subprocess.run(command, capture_output=True, text=True)
    return f"{compiler}: {header}\n{result.stderr}" if result.returncode else ""


def main():
    root = Path(sys.argv[1]).resolve()
    # Not the folders of builds: they may hold whole root directories.
    parts = [p for p in root.iterdir() if p.is_dir() and not p.name.startswith(("build", ".", "tests"))]
    folders = [p for part in parts for p in part.glob("**/include")]
    includes = [f"-I{folder}" for folder in folders]
    headers = sorted(h for folder in folders for h in folder.rglob("*.h"))
    jobs = [(c, h, includes) for h in headers for c in ("g++", "clang++")]
    with ThreadPoolExecutor(2) as pool:
        problems = [p for p in pool.map(compile_alone, jobs) if p]
    print("\n".join(problems) if problems else f"headers: {len(headers)} compile alone, twice")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
