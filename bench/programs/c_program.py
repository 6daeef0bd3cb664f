"""A C program: functions different from each other, compiled by clang without optimisation and
with debug information. Two thirds of such a module are code. It is a command: it prints its
argument count and calls some of the functions.
"""
import os
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FUNCTIONS_IN_FILE = 150
NOUNS = ("buffer cursor header index layer length limit node offset packet record region scope "
         "segment stream symbol table token value window").split()
VERBS = "append check copy decode encode find insert merge parse read reset scan sort split write".split()


def statement(rng, fields, depth=0):
    a, b = rng.sample(fields, 2)
    kind = rng.randrange(7 if depth < 2 else 4)
    if kind == 0:
        return f"it->{a} += it->{b} * {rng.randrange(1, 9999)}u;"
    if kind == 1:
        return f"it->{a} ^= (it->{b} << {rng.randrange(1, 31)}) + argument;"
    if kind == 2:
        return f"history[{rng.randrange(16)}] = it->{a} % (it->{b} | 1u);"
    if kind == 3:
        return f"ratio = ratio * {rng.random():.6f} + (double)it->{a};"
    inner = "\n".join(statement(rng, fields, depth + 1) for _ in range(rng.randrange(1, 4)))
    if kind == 4:
        return f"if (it->{a} > it->{b} + {rng.randrange(99)}u) {{\n{inner}\n}}"
    if kind == 5:
        return f"for (unsigned i = 0; i < (argument & {rng.randrange(1, 15)}u); ++i) {{\n{inner}\n}}"
    return (f"switch (it->{a} & 3u) {{\ncase 0:\n{inner}\nbreak;\ncase 1: it->{b}++; break;\n"
            f"default: puts(\"{rng.choice(VERBS)} {rng.choice(NOUNS)} {rng.randrange(10**6)}\");\n}}")


def source(number):
    """One file of the program, and the names of its functions."""
    rng = random.Random(number)
    lines, names = ["#include <stdio.h>"], []
    for position in range(FUNCTIONS_IN_FILE):
        tag = f"{rng.choice(VERBS)}_{rng.choice(NOUNS)}_{number}_{position}"
        fields = rng.sample(NOUNS, rng.randrange(4, 9))
        lines.append(f"struct {tag}_state {{ {' '.join(f'unsigned {f};' for f in fields)} }};")
        body = "\n".join(statement(rng, fields) for _ in range(rng.randrange(5, 14)))
        lines.append(f"unsigned {tag}(unsigned argument) {{\nstruct {tag}_state state = {{argument}}, "
                     f"*it = &state;\nunsigned history[16] = {{0}};\ndouble ratio = 1;\n{body}\n"
                     f"return it->{fields[0]} + history[argument & 15u] + (unsigned)ratio;\n}}")
        names.append(tag)
    return "\n".join(lines), names


def main_source(names):
    declarations = "\n".join(f"unsigned {name}(unsigned);" for name in names)
    return (f"#include <stdio.h>\n{declarations}\nunsigned (*const table[])(unsigned) = "
            f"{{{', '.join(names)}}};\nint main(int count, char** args) {{\n(void)args;\n"
            f"unsigned sum = 0;\nfor (int i = 0; i < count; ++i) sum += table[i](sum);\n"
            f'printf("%d %u\\n", count, sum);\nreturn 0;\n}}\n')


def compile_file(folder, name, text):
    path = Path(folder, name + ".c")
    path.write_text(text)
    out = path.with_suffix(".o")
    # A name without directories, so that the debug information is the same everywhere.
    subprocess.run(["clang", "--target=wasm32-wasi", "-g", "-w", "-fdebug-compilation-dir=.", "-c",
                    path.name, "-o", out.name], cwd=folder, check=True)
    return out


class Program:
    """Grows by files. `folder` is where it is compiled."""

    step = 1

    def __init__(self, folder):
        self.folder = folder
        self.parts = []

    @staticmethod
    def missing():
        return None if shutil.which("clang") else "clang"

    def build(self, count):
        """The module of `count` parts."""
        def make(number):
            text, names = source(number)
            return compile_file(self.folder, f"part{number}", text), names

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.parts += pool.map(make, range(len(self.parts), count))
        parts = self.parts[:count]
        names = [name for _, file_names in parts for name in file_names]
        start = compile_file(self.folder, "main", main_source(names))
        subprocess.run(["clang", "--target=wasm32-wasi", start.name, *(o.name for o, _ in parts),
                        "-o", "out.wasm"], cwd=self.folder, check=True)
        return Path(self.folder, "out.wasm")
