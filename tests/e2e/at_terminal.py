#!/usr/bin/env python3
"""Runs a program at a terminal of its own and types the answers to its questions.

Usage: at_terminal.py [QUESTION ANSWER]... -- PROGRAM [ARGUMENT]...

Waits for each QUESTION on the screen and then types ANSWER and a line's end. An answer that begins
with "^" is a key, pressed alone: "^C"; one that begins with "SIG" is a signal to the program:
"SIGTERM"; "COLUMNS=40" makes the window so wide (at first it does not say how wide it is). Prints what was seen:

    asked "Password: " with echo off
    screen: Password: \\nLogin Succeeded!
    afterwards echo on, status 0

Ends with 1 when a question does not come within ten seconds, or the program does not end.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

SECONDS = 10


def start(command, slave):
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in range(3):
            os.dup2(slave, descriptor)
        # Whatever the terminal that the tests are run at: "env TERM=dumb PROGRAM" is another.
        for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
            os.environ.pop(name, None)
        os.environ["TERM"] = "xterm"
        try:
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    return child


def has_echo(slave):
    return "on" if termios.tcgetattr(slave)[3] & termios.ECHO else "off"


class Screen:
    def __init__(self, master):
        self.master = master
        self.text = ""

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.text += os.read(self.master, 65536).decode("utf-8", "replace")
            return True
        return False

    def wait_for(self, question, begin):
        end = time.monotonic() + SECONDS
        while question not in self.text[begin:]:
            if time.monotonic() > end:
                sys.exit(f"never asked: {question!r}; screen: {self.text!r}")
            self.read(0.1)
        return self.text.index(question, begin) + len(question)


def answer(text, master, child):
    if text.startswith("SIG"):
        os.kill(child, getattr(signal, text))
    elif text.startswith("COLUMNS="):
        size = struct.pack("HHHH", 24, int(text.removeprefix("COLUMNS=")), 0, 0)
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)
    elif text.startswith("^"):
        os.write(master, bytes([ord(text[1]) & 0x1F]))
    else:
        os.write(master, text.encode() + b"\n")


def status_of(child, screen):
    """The exit status, or "killed by N"."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        screen.read(0.02)
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            while screen.read(0.05):
                pass
            if os.WIFSIGNALED(status):
                return f"killed by {os.WTERMSIG(status)}"
            return os.WEXITSTATUS(status)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.exit(f"did not end; screen: {screen.text!r}")


def main(words):
    split = words.index("--")
    questions, command = words[:split], words[split + 1:]
    # Both ends stay open here, so that the terminal outlives the program and can be looked at.
    master, slave = pty.openpty()
    child = start(command, slave)
    screen, begin = Screen(master), 0
    for question, text in zip(questions[::2], questions[1::2]):
        begin = screen.wait_for(question, begin)
        # The echo is switched before the question is asked.
        print(f'asked "{question}" with echo {has_echo(slave)}')
        answer(text, master, child)
    status = status_of(child, screen)
    print("screen: " + screen.text.replace("\r\n", "\n").rstrip("\n").replace("\n", "\\n"))
    print(f"afterwards echo {has_echo(slave)}, status {status}")


main(sys.argv[1:])
