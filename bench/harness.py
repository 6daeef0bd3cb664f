"""Runs commands and measures them: time side by side, peak memory, bytes written.

Times are taken by a shell that stays (an Agent), here or inside the Debian 13 root, so that every
contender is started in the same way and entering the root costs nobody anything. The contenders of
a case take turns; each figure is the median of its runs.
"""
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

# Reads a command a line; runs it, its output to a log; answers "MICROSECONDS STATUS".
AGENT = r"""
while IFS= read -r line; do
  start=$EPOCHREALTIME
  eval "$line" >"$LOG" 2>&1 </dev/null
  status=$?
  end=$EPOCHREALTIME
  echo "$((${end/./} - ${start/./})) $status"
done
"""


class Failed(Exception):
    """A command of a contender ended with an error; str() has its last words."""


class Agent:
    """A shell that runs one command after the other and says how long each took."""

    def __init__(self, log, prefix=(), log_outside=None, env=None):
        # Where the shell finds the log, and where we do: they differ when the shell is in a root.
        self.log_outside = log_outside or log
        self.shell = subprocess.Popen([*prefix, "bash", "-c", AGENT], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True, bufsize=1,
                                      env={**os.environ, **(env or {}), "LOG": log})

    def run(self, command, check=True):
        """Runs a line of shell and returns its wall time in seconds."""
        self.shell.stdin.write(command.replace("\n", "; ") + "\n")
        answer = self.shell.stdout.readline().split()
        if len(answer) != 2:
            raise Failed(f"the shell ended at: {command}")
        if check and answer[1] != "0":
            raise Failed(f"{command}\nended with {answer[1]}: {self.last_words()}")
        return int(answer[0]) / 1e6

    def last_words(self):
        path = Path(self.log_outside)
        return path.read_text(errors="replace")[-500:] if path.exists() else ""

    def close(self):
        self.shell.stdin.close()
        self.shell.wait(10)


@dataclass
class Contender:
    """One column of a case: what is timed, and what is done before each time, untimed."""
    name: str
    agent: Agent
    command: object          # A line of shell, or a function of the round's number that gives one.
    before: object = None    # The same, or None.
    times: list = field(default_factory=list)
    problem: str = ""

    def line(self, what, number):
        return what(number) if callable(what) else what

    def round(self, number):
        if self.problem:
            return
        try:
            if self.before:
                self.agent.run(self.line(self.before, number))
            # What the one before has written is not to go to the disk while this one is timed.
            os.sync()
            self.times.append(self.agent.run(self.line(self.command, number)))
        except Failed as failure:
            self.problem = str(failure)

    def median(self):
        return statistics.median(self.times) if self.times and not self.problem else None


def take_turns(contenders, rounds):
    """Runs all contenders `rounds` times in turn, after one round that is not counted."""
    for number in range(rounds + 1):
        for contender in contenders:
            contender.round(number)
            if number == 0:
                contender.times.clear()


# Starts a command, waits for it and prints its status and peak memory in KiB.
PEAK_HELPER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                     file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def peak_memory(arguments):
    """Peak resident memory in MiB of a command, the children it waited for included.

    A process's peak begins with the size of the one that started it, so it is started by a small
    one and not by this, which has held the test files in memory.
    """
    helper = subprocess.run([sys.executable, "-I", "-S", "-c", PEAK_HELPER, *arguments],
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    words = helper.stdout.split()
    if helper.returncode != 0 or len(words) != 2 or words[0] != "0":
        raise Failed(f"{shlex.join(arguments)}: {helper.stderr[-500:]}")
    return int(words[1]) / 1024


def bytes_written(arguments):
    """Bytes that a command and its children write to files, by the calls they make."""
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        calls = "write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,splice"
        result = subprocess.run(["strace", "-f", "-qq", "-y", "-s", "0", "-e", f"trace={calls}",
                                 "-e", "signal=none", "-o", str(trace), *arguments],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode != 0:
            raise Failed(f"{shlex.join(arguments)}: {result.stderr[-500:]}")
        total = 0
        for line in trace.read_text(errors="replace").splitlines():
            # "123 write(5</path>, ""..., 4096) = 4096"; not pipes, sockets, terminals and /dev/null.
            found = re.search(r"\w+\(\d+<(/[^>]*)>.*\) += (\d+)$", line)
            if found and not found[1].startswith("/dev/"):
                total += int(found[2])
        return total
