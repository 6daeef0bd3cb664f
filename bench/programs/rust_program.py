"""A Rust program: records that are parsed, searched, compared and printed, compiled by rustc as a
debug build is. A tenth of such a module is code, nearly all else debug information. Only the core
library is linked: Debian's standard library alone has more debug information than 4.5 MB.
"""
import random
import shutil
import subprocess
from pathlib import Path

NOUNS = ("buffer cursor header index layer length limit node offset packet record region scope "
         "segment stream symbol table token value window").split()

HEAD = """#![no_std]
#![no_main]
use core::fmt::{self, Write};

#[link(wasm_import_module = "wasi_snapshot_preview1")]
extern "C" {
    fn fd_write(fd: i32, pieces: *const [usize; 2], count: i32, written: *mut usize) -> i32;
}

struct Output;
impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let piece = [text.as_ptr() as usize, text.len()];
        let mut written = 0usize;
        unsafe { fd_write(1, &piece, 1, &mut written) };
        Ok(())
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
"""

RECORD = """
#[derive(Debug, Clone, PartialEq)]
pub struct Record{i}<'a> {{ {a}: &'a str, {b}: [u64; {count}], {c}: Option<(u32, &'a str)>, {d}: f64 }}
impl fmt::Display for Record{i}<'_> {{
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {{
        write!(to, "{{}}: {{}} values, weight {{:.3}}", self.{a}, self.{b}.len(), self.{d})
    }}
}}
impl<'a> Record{i}<'a> {{
    pub fn load(text: &'a str) -> Result<Self, core::num::ParseIntError> {{
        let mut it = Record{i} {{ {a}: "", {b}: [0; {count}], {c}: None, {d}: 0.0 }};
        for (n, part) in text.split(',').enumerate() {{
            if n == 0 {{ it.{a} = part.trim(); continue; }}
            let value: u64 = part.parse()?;
            it.{b}[n % {count}] = value.wrapping_mul({factor});
            it.{c} = Some((n as u32, part));
        }}
        it.{d} = it.{b}.iter().map(|value| *value as f64 * {weight:.5f}).sum();
        Ok(it)
    }}
    pub fn best(&self) -> Option<(usize, &u64)> {{
        self.{b}.iter().enumerate().filter(|(n, value)| *n > {least} && **value & {mask} == 0)
            .max_by_key(|(_, value)| **value)
    }}
}}
"""

USE = """
fn use_{i}(text: &str) {{
    match Record{i}::load(text) {{
        Ok(it) => {{ let _ = writeln!(Output, "{{}} {{:?}} {{:?}}", it, it, it.best()); }}
        Err(error) => {{ let _ = writeln!(Output, "{{}}", error); }}
    }}
}}
"""

def record(number):
    rng = random.Random(number)
    a, b, c, d = rng.sample(NOUNS, 4)
    return RECORD.format(i=number, a=a, b=b, c=c, d=d, count=rng.randrange(3, 40),
                         factor=rng.randrange(9999), weight=rng.random(),
                         least=rng.randrange(9), mask=rng.randrange(1, 99))


def find_compiler():
    """A rustc and a target that it has a core library for, or None."""
    for compiler in ("rustc", "/usr/bin/rustc"):
        for target in ("wasm32-wasip1", "wasm32-wasi"):
            try:
                where = subprocess.run([compiler, "--print", "target-libdir", "--target", target],
                                       capture_output=True, text=True)
            except FileNotFoundError:
                continue
            if where.returncode == 0 and list(Path(where.stdout.strip()).glob("libcore-*.rlib")):
                return compiler, target
    return None


class Program:
    """Grows by records. `folder` is where it is compiled."""

    step = 20

    def __init__(self, folder):
        self.folder = folder

    @staticmethod
    def missing():
        return None if find_compiler() else "rustc with a WASI target (libstd-rust-dev-wasm32)"

    def build(self, count):
        """The module of `count` records."""
        compiler, target = find_compiler()
        text = HEAD + "".join(record(n) for n in range(count))
        text += "".join(USE.format(i=n) for n in range(count))
        text += '\n#[no_mangle]\npub extern "C" fn __main_void() -> i32 {\n'
        text += "".join(f'    use_{n}("name,12,17");\n' for n in range(count)) + "    0\n}\n"
        Path(self.folder, "program.rs").write_text(text)
        # Debian's rustc does not bring its linker, and finds the system's by another name.
        linkers = sorted(Path("/usr/bin").glob("wasm-ld*"))
        if shutil.which(compiler).startswith("/usr/bin/") and linkers:
            linker = ["-C", f"linker={linkers[0]}"]
        else:
            linker = []
        # Debian's library leaves the C library out, and refers to the package wasi-libc's.
        subprocess.run([compiler, "--edition", "2021", "--target", target, "-g", "-C", "panic=abort",
                        *linker,
                        "-C", "link-arg=-L/usr/lib/wasm32-wasi", "-C", "link-arg=-lc",
                        "--remap-path-prefix", f"{self.folder}=.", "program.rs", "-o", "out.wasm"],
                       cwd=self.folder, check=True)
        return Path(self.folder, "out.wasm")
