#!/usr/bin/env python3
"""Runs a file of commands and compares what they print with what the file says.

usage: run.py MODULAH FILE.test      (ACCEPT=1 rewrites the file)

A file is commands, each with what it prints:

    # Lines that begin with "# " say what the test is for.

    $ modulah digest --shrt hello
    ! modulah: error: unknown option "--shrt"
    [2]

Lines of stdout are written as they are, lines of stderr after "! ", and the exit status in brackets
when it is not 0. A command may continue in a here-document. An output line that would otherwise be
misread is written after a backslash; so is an empty last one. Lines about blobs that follow each
other are sorted, because blobs are copied at the same time. "# needs: PROGRAM..." skips the test
where one is not installed.

Each file runs in a fresh directory, shown as $DIR in the output, with modulah and the
programs of tests/cli/tools in PATH, a home and a data directory ($DATA) of its own, and UTC.
"""
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
TIMEOUT_SECONDS = 60
HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?")
NO_NEWLINE = "\\ no newline at the end"


class Block:
    """A command and the lines expected from it, or other lines, which are kept as they are."""

    def __init__(self, line_number, command=None):
        self.line_number = line_number
        self.command = command  # The lines of the command, or None.
        self.lines = []


def parse(text):
    """Reads a file into blocks. Blank lines before a command or comment belong to neither."""
    lines = text.split("\n")
    blocks = [Block(1)]
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("$ "):
            command = [line[2:]]
            ends = HERE_DOCUMENT.search(line)
            while ends and at < len(lines):
                command.append(lines[at])
                at += 1
                if command[-1].strip() == ends.group(1):
                    break
            blocks.append(Block(at - len(command) + 1, command))
        elif line.startswith("# ") and blocks[-1].command is not None:
            blocks.append(Block(at))
            blocks[-1].lines.append(line)
        else:
            blocks[-1].lines.append(line)
    return blocks


def without_last_blanks(lines):
    end = len(lines)
    while end and lines[end - 1] == "":
        end -= 1
    return lines[:end]


def escape(line):
    is_special = line.startswith(("$ ", "# ", "! ", "\\")) or line == "!" \
        or re.fullmatch(r"\[\d+\]", line)
    return "\\" + line if is_special else line


def output_lines(text):
    """The lines of a text, and a note when the last one is not ended."""
    if text == "":
        return []
    is_ended = text.endswith("\n")
    lines = [escape(line) for line in (text[:-1] if is_ended else text).split("\n")]
    if lines[-1] == "":
        lines[-1] = "\\"
    return lines if is_ended else lines + [NO_NEWLINE]


def with_sorted_blobs(lines):
    """Sorts the lines of blobs that follow each other: they are copied at the same time, and the one
    that is done first is reported first."""
    return [line for is_blob, group in itertools.groupby(lines, lambda line: line.startswith("blob "))
            for line in (sorted(group) if is_blob else group)]


def run(command, directory, environment):
    done = subprocess.run(["bash", "-c", "\n".join(command)], cwd=directory, env=environment,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_SECONDS)
    out, err = (stream.decode("utf-8", "backslashreplace").replace(directory, "$DIR")
                .replace(environment["XDG_DATA_HOME"], "$DATA")
                for stream in (done.stdout, done.stderr))
    lines = output_lines(out)
    err_lines = err[:-1].split("\n") if err.endswith("\n") else err.split("\n") if err else []
    err_lines = with_sorted_blobs(err_lines)
    lines += ["! " + line if line else "!" for line in err_lines]
    if err and not err.endswith("\n"):
        lines.append(NO_NEWLINE)
    if done.returncode:
        lines.append(f"[{done.returncode}]")
    return lines


def environment_for(modulah, scratch):
    tools = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools")
    path = [os.path.dirname(os.path.abspath(modulah)), tools, "/usr/local/bin", "/usr/bin", "/bin"]
    variables = {
        "HOME": os.path.join(scratch, "home"),
        "XDG_DATA_HOME": os.path.join(scratch, "data"),
        "XDG_RUNTIME_DIR": os.path.join(scratch, "runtime"),
        "TMPDIR": os.path.join(scratch, "tmp"),
        "PATH": ":".join(path),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    for name in ("HOME", "XDG_RUNTIME_DIR", "TMPDIR"):
        os.makedirs(variables[name], exist_ok=True)
    for name in os.environ:  # What the sanitizers and the coverage tools are told.
        if name.endswith("_OPTIONS") or name == "LLVM_PROFILE_FILE":
            variables[name] = os.environ[name]
    return variables


def main(modulah, path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    blocks = parse(text)
    for need in re.findall(r"^# needs: (.*)$", text, re.MULTILINE):
        for program in need.split():
            if not shutil.which(program):
                print(f"skipped: there is no {program}")
                return SKIPPED
    written, failures = [], 0
    scratch = tempfile.mkdtemp(prefix="modulah-cli-")
    try:
        directory = os.path.join(scratch, "work")
        os.mkdir(directory)
        environment = environment_for(modulah, scratch)
        for block in blocks:
            if block.command is None:
                written += block.lines
                continue
            expected = without_last_blanks(block.lines)
            actual = run(block.command, directory, environment)
            written += ["$ " + block.command[0]] + block.command[1:] + actual
            written += block.lines[len(expected):]
            if actual != expected:
                failures += 1
                print(f"{path}:{block.line_number}: $ {block.command[0]}")
                print("".join(f"  expected  {line}\n" for line in expected), end="")
                print("".join(f"  got       {line}\n" for line in actual), end="")
    finally:
        subprocess.run(["chmod", "-R", "u+w", scratch], check=False)
        shutil.rmtree(scratch, ignore_errors=True)
    if failures and os.environ.get("ACCEPT") == "1":
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(written))
        print(f"{path}: rewritten; read the difference")
        return 0
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
