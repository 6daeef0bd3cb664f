#!/usr/bin/env python3
"""Installs into an empty directory and looks at what is there.

Usage: install_test.py BUILD_DIR
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def main(build):
    with tempfile.TemporaryDirectory() as directory:
        prefix = pathlib.Path(directory) / "prefix"
        output("cmake", "--install", build, "--prefix", str(prefix))
        program = prefix / "bin" / "modulah"
        version = output(str(program), "version")
        assert version.stderr == "", version.stderr
        # All man pages, and the completions as the program prints them.
        pages = {path.name for path in (prefix / "share/man/man1").iterdir()}
        source = pathlib.Path(__file__).parent.parent / "docs/man"
        assert pages == {path.name for path in source.iterdir()}, pages
        assert "modulah-build.1" in pages, pages
        for shell, path in (("bash", "bash-completion/completions/modulah"),
                            ("zsh", "zsh/site-functions/_modulah"),
                            ("fish", "fish/vendor_completions.d/modulah.fish")):
            installed = (prefix / "share" / path).read_text()
            assert installed == output(str(program), "completion", shell).stdout, shell
        # The program alone says what it lacks.
        alone = pathlib.Path(directory) / "alone"
        alone.mkdir()
        shutil.copy(program, alone)
        if (prefix / "lib/modulah/libwasmtime.so").exists() or list(prefix.glob("lib*/modulah/*")):
            words = output(str(alone / "modulah"), "version").stderr
            assert "was copied without its library" in words or os.environ.get("LD_LIBRARY_PATH"), words
    print("install: everything is where it belongs")


main(sys.argv[1])
