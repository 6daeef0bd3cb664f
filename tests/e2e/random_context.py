"""Random build contexts with Containerfiles, made from a seed.

A case is plain data (class Case), so that it can be written to disk, shown, and made smaller one
instruction at a time. The same seed gives the same case on any machine. Nothing here runs a build;
differential.py does.

Cases are to be buildable for the most part: an instruction that fails hides all after it. So paths
are taken from what is in the context, and only some words are chosen to be wrong.
"""
import gzip
import io
import os
import random
import re
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

PLAIN_NAMES = ["a", "b.txt", "app.bin", "data", "lib", "sub", "conf.d", "x", "README", "dir"]
ODD_NAMES = [
    "with space", "#hash", "[br]", "ünï", ".hidden", "a,b", "a:b", "-dash", "~", "100%", "a=b",
    "semi;colon", "n" * 120, "....", "UPPER", "a'b", 'q"q', "dollar$x", "back\\slash", "a+b", "a!b",
    "{brace}", "^caret", "st*r", "que?", "ä" * 40,
]
MODES = [0o644, 0o644, 0o644, 0o755, 0o600, 0o640, 0o444, 0o400, 0o777, 0o666, 0o4755, 0o2755, 0o1644, 0o000]
DIRECTORY_MODES = [0o755, 0o755, 0o755, 0o700, 0o750, 0o777, 0o1777, 0o2775, 0o555]
VARIABLES = ["V", "NAME", "path_1", "EMPTY", "UNSET", "_x"]


@dataclass
class Node:
    """A file of the context: kind is file, dir, link, hard or tar."""
    kind: str
    path: str
    mode: int = 0o644
    content: bytes = b""
    target: str = ""


@dataclass
class Case:
    seed: int
    nodes: list = field(default_factory=list)
    ignore: str | None = None
    ignore_name: str = ".containerignore"
    instructions: list = field(default_factory=list)  # Texts, of one or more lines; first is FROM.
    options: list = field(default_factory=list)  # For both programs.

    def containerfile(self):
        # Entry points are random: that they are no modules is not what is compared.
        return "\n".join(["# check=skip=all", *self.instructions]) + "\n"

    def write(self, folder):
        """Writes the context to `folder`, which does not exist yet, and the Containerfile beside it."""
        os.makedirs(folder)
        later = []
        for node in self.nodes:
            path = os.path.join(folder, node.path)
            if node.kind == "dir":
                os.makedirs(path, exist_ok=True)
                later.append((path, node.mode))
            elif node.kind == "link":
                os.symlink(node.target, path)
            elif node.kind == "hard":
                os.link(os.path.join(folder, node.target), path)
            else:
                Path(path).write_bytes(node.content)
                os.chmod(path, node.mode)
        for path, mode in reversed(later):
            os.chmod(path, mode)
        if self.ignore is not None:
            Path(folder, self.ignore_name).write_text(self.ignore)
        Path(folder + ".file").write_text(self.containerfile())


class Generator:
    """Makes one case. `features` are names of what not every peer knows: heredoc, exclude."""

    def __init__(self, seed, features=()):
        self.random = random.Random(seed)
        self.features = set(features)
        self.case = Case(seed)
        self.destinations = ["/", "/app", "/data", "/a/b/c"]

    def make(self):
        self.make_nodes()
        self.make_ignore()
        self.make_containerfile()
        return self.case

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, values):
        return self.random.choice(values)

    # ---- the context ----

    def make_nodes(self):
        directories = [""]
        taken = set()
        self.odd = self.pick([0.0, 0.1, 0.4])
        for _ in range(self.random.randint(3, 14)):
            parent = self.pick(directories)
            name = self.pick(ODD_NAMES) if self.chance(self.odd) else self.pick(PLAIN_NAMES)
            path = parent + name
            if path in taken or path in ("Containerfile", "Dockerfile") or len(path) > 900:
                continue
            taken.add(path)
            self.case.nodes.append(self.make_node(path, directories))

    def make_node(self, path, directories):
        kind = self.random.choices(["file", "dir", "link", "hard", "tar"], [40, 30, 14, 6, 10])[0]
        files = [node.path for node in self.case.nodes if node.kind == "file"]
        if kind == "hard" and not files:
            kind = "file"
        if kind == "dir":
            directories.append(path + "/")
            return Node("dir", path, self.pick(DIRECTORY_MODES))
        if kind == "link":
            return Node("link", path, target=self.link_target(path))
        if kind == "hard":
            return Node("hard", path, target=self.pick(files))
        if kind == "tar":
            return Node("tar", path, self.pick(MODES), self.make_archive())
        return Node("file", path, self.pick(MODES), self.make_content())

    def make_content(self):
        return self.pick([b"", b"x", b"hello\n", self.random.randbytes(self.random.randint(1, 5000))])

    def link_target(self, path):
        others = [node.path for node in self.case.nodes]
        up = "../" * path.count("/")
        choices = ["nowhere", ".", "..", "/etc/passwd", "../" * 9 + "etc/hostname", "self"]
        if others and self.chance(0.75):
            other = self.pick(others)
            return self.pick([up + other, up + other, "./" + up + other, "/" + other])
        target = self.pick(choices)
        return path.rsplit("/", 1)[-1] if target == "self" else target

    def make_archive(self):
        data = io.BytesIO()
        mode = self.pick(["w", "w:gz", "w:bz2", "w:xz"])
        form = self.pick([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
        odd = self.chance(0.3) and form != tarfile.USTAR_FORMAT
        self.archive_names = PLAIN_NAMES + ODD_NAMES if odd else PLAIN_NAMES
        with tarfile.open(fileobj=data, mode=mode, format=form) as tar:
            names = []
            if self.chance(0.3):
                self.add_root(tar)
            for _ in range(self.random.randint(1, 7)):
                name = "/".join(self.pick(self.archive_names) for _ in range(self.random.randint(1, 3)))
                if name in names or any(n.startswith(name + "/") or name.startswith(n + "/") for n in names):
                    continue
                self.add_member(tar, name, names)
        return data.getvalue()

    def add_root(self, tar):
        info = tarfile.TarInfo(".")
        info.type, info.mode = tarfile.DIRTYPE, self.pick(DIRECTORY_MODES)
        info.uid, info.gid = self.pick([(0, 0), (1000, 1000)])
        tar.addfile(info)

    def add_member(self, tar, name, names):
        info = tarfile.TarInfo(self.pick(["", "", "", "./"]) + name)
        info.mode = self.pick(MODES)
        info.uid, info.gid = self.pick([(0, 0), (0, 0), (1000, 1000), (7, 70000)])
        info.mtime = 1_000_000_000
        kind = self.random.choices(["file", "dir", "link", "hard"], [5, 2, 1, 1])[0]
        content = b""
        if kind == "dir":
            info.type, info.mode = tarfile.DIRTYPE, self.pick(DIRECTORY_MODES)
        elif kind == "link":
            info.type, info.linkname = tarfile.SYMTYPE, self.pick(["a", "../x", "/etc", "nowhere"])
        elif kind == "hard" and any(m.isfile() for m in tar.getmembers()):
            # Mode and owner are of the file, not of the name: those of both headers are the same.
            first = self.pick([m for m in tar.getmembers() if m.isfile()])
            info.type, info.linkname = tarfile.LNKTYPE, first.name
            info.mode, info.uid, info.gid = first.mode, first.uid, first.gid
        else:
            content = self.make_content()
            info.size = len(content)
        names.append(name)
        tar.addfile(info, io.BytesIO(content))

    def make_ignore(self):
        if not self.chance(0.4):
            return
        self.case.ignore_name = self.pick([".containerignore", ".dockerignore"])
        lines = []
        for _ in range(self.random.randint(1, 5)):
            lines.append(self.ignore_line())
        self.case.ignore = "\n".join(lines) + self.pick(["", "\n", "\r\n"])

    def ignore_line(self):
        if self.chance(0.1):
            return self.pick(["# comment", "", "   ", " # no comment", "."])
        paths = [node.path for node in self.case.nodes] or ["a"]
        path = self.pick(paths)
        # buildah's patterns are regular expressions in which it does not quote all that has a meaning.
        path = re.sub(r"[+{}^$()|]", "?", path)
        parts = path.split("/")
        line = self.pick([
            path, path, path + "/", "/" + path, "**/" + parts[-1], parts[0] + "/**", parts[0] + "/*",
            "*" + parts[-1][-2:], parts[-1][:1] + "*", "**/*" + parts[-1][-1:], "./" + path, "*",
            "**", path + "/*", "*/" + parts[-1], parts[0] + "/**/" + parts[-1], "?", "[a-d]*", "x/../" + path,
            parts[0] + "/*/" + parts[-1], "**/" + parts[-1] + "/**", parts[0] + "**",
        ])
        # buildah takes "!x/../y" for "y".
        if self.chance(0.35) and ".." not in line:
            line = "!" + line
        if self.chance(0.1):
            line = self.pick([" ", "\t"]) + line + self.pick(["", " "])
        return line

    # ---- the Containerfile ----

    def make_containerfile(self):
        case = self.case
        case.instructions.append("FROM scratch" + self.pick(["", "", "", " AS final", " as Final"]))
        if self.chance(0.2):
            case.instructions.insert(0, self.pick(["ARG V=global", "ARG NAME=glob V", "ARG V", "ARG UNUSED=1"]))
        if self.chance(0.25):
            case.options += ["--build-arg", self.pick(["V=given", "NAME=from outside", "path_1=/given", "EMPTY="])]
        if self.chance(0.1):
            case.options += ["--label", "given=by option"]
        # Newer versions of buildah set it before the first instruction, not after the last.
        if self.chance(0.1) and "heredoc" not in self.features:
            case.options += ["--env", "V=option"]
        for _ in range(self.random.randint(1, 8)):
            case.instructions.append(self.instruction())
        self.add_other_stages()
        if self.chance(0.06):
            self.use_other_escape()
        if not any(i.startswith(("COPY", "ADD", "copy", "add")) for i in case.instructions):
            case.instructions.append(self.copy())

    def add_other_stages(self):
        """Stages that are not built: before, or behind, the one that --target names."""
        case = self.case
        start = next(i for i, text in enumerate(case.instructions) if text.startswith("FROM"))
        if self.chance(0.12):
            case.instructions[start:start] = ["FROM scratch AS before", "COPY missing /", "ENV V=before"]
        if self.chance(0.12) and case.instructions[start].lower().endswith("final"):
            case.instructions += ["FROM scratch AS behind", "ENV V=behind"]
            case.options += ["--target", self.pick(["final", "Final", "FINAL"])]

    def use_other_escape(self):
        """For continuing lines: in a word it is still the backslash for buildah."""
        case = self.case
        texts = [text.replace("\\\n", "`\n") for text in case.instructions]
        if not any("\\" in text for text in texts):
            case.instructions = ["# escape=`", *texts]

    def instruction(self):
        makers = [(self.copy, 45), (self.add, 15), (self.workdir, 8), (self.env, 9), (self.arg, 6), (self.label, 4),
                  (self.command, 6), (self.small_setting, 9)]
        make = self.random.choices([m for m, _ in makers], [w for _, w in makers])[0]
        text = make()
        if self.chance(0.05):
            name, rest = text.split(" ", 1)
            text = name.lower() + " " + rest
        if self.chance(0.04):
            name, rest = text.split(" ", 1)
            text = name + " \\\n" + self.pick(["", "# a comment\n", "   # a comment\n"]) + "  " + rest
        return text

    def value(self, in_path=False):
        """A word in which variables may stand."""
        name = self.pick(VARIABLES)
        forms = ["$%s" % name, "${%s}" % name, "${%s:-deflt}" % name, "${%s:+alt}" % name, "x$%s" % name, "${%s}y" % name,
                 "${%s:-$V}" % name, "${%s:-${NAME}z}" % name]
        words = ["plain", "a.b", "1", "v/w", "é"]
        if not in_path:
            words += ["'single $V'", '"double $V"', '"two words"', "'two words'", "esc\\ aped", "\\$V", "a=b", '""', "''",
                      '"\\"q\\""', "'\\$V'", '"a\\$V"', "mix'ed $V'\"$V\"", "back\\\\slash", '"tab\\t"', "\\q", "#x", "a#b"]
        return self.pick(forms) if self.chance(0.4) else self.pick(words)

    def env(self):
        if self.chance(0.12):
            return "ENV %s %s" % (self.pick(VARIABLES[:4]), self.pick(
                ["a b c", "plain", "$V/x", '"quoted text"', "a  b", "x=y z", "'sq $V'"]))
        names = self.random.sample(["V", "NAME", "path_1", "EMPTY", "PATH"], self.random.randint(1, 2))
        return "ENV " + " ".join("%s=%s" % (name, self.value()) for name in names)

    def arg(self):
        name = self.pick(["V", "NAME", "path_1", "UNSET", "TARGETARCH", "TARGETOS", "TARGETPLATFORM", "http_proxy"])
        return "ARG " + (name if self.chance(0.4) or name.startswith("T") or name == "http_proxy" else "%s=%s" % (name, self.value()))

    def label(self):
        if self.chance(0.1):
            return "LABEL key " + self.pick(["some text $V", '"quoted"', "a=b"])
        keys = self.random.sample(["k", "com.example.x", '"quoted key"', "K$V", "two.k"], self.random.randint(1, 3))
        return "LABEL " + " ".join("%s=%s" % (key, self.value()) for key in keys)

    def workdir(self):
        path = self.pick(["/", "/app", "rel", "rel/deep", "/data/../w", "/a/b/c/", ".", "..", "$V", "/w/${NAME:-n}", "/app/rel", "./x",
                          "/with space", "/data"])
        self.destinations.append(path if path.startswith("/") and "$" not in path and " " not in path else "here")
        return "WORKDIR " + path

    def command(self):
        name = self.pick(["CMD", "ENTRYPOINT"])
        return name + " " + self.pick([
            '["/app.bin"]', '["/app", "arg $V", "two"]', "/app.bin arg", "echo $V 'x'", "[]", '["a", \'b\']', '["only"] ', "[ \"a\" , \"b\" ]",
            '["\\u00e9\\n"]', "exec  two  blanks", '[1]', '["a",]'])

    def small_setting(self):
        return self.pick([
            "USER 1000", "USER 1000:1000", "USER root", "USER $V", "USER nobody:nogroup", "EXPOSE 80", "EXPOSE 80/udp 81", "EXPOSE 3000-3003",
            "EXPOSE ${UNSET:-99}/tcp", "EXPOSE 53/UDP", "VOLUME /vol", 'VOLUME ["/v1", "/v 2"]', "VOLUME /v1 /v2", "VOLUME $V", "VOLUME /data",
            "STOPSIGNAL SIGTERM", "STOPSIGNAL 9", "STOPSIGNAL TERM", "STOPSIGNAL SIGRTMIN+3", "STOPSIGNAL ${UNSET:-SIGINT}",
            "HEALTHCHECK NONE", "HEALTHCHECK CMD /check arg", 'HEALTHCHECK --interval=5s CMD ["/check"]',
            "HEALTHCHECK --interval=1m30s --timeout=2s --retries=3 --start-period=1h CMD check || exit 1",
            "ONBUILD COPY a /x", "ONBUILD ENV V=x", "ONBUILD USER  me", 'SHELL ["/bin/x", "-y"]', "MAINTAINER Some One <a@b>",
            "ONBUILD CMD [\"a\"]", "onbuild label a=b"])

    # ---- COPY and ADD ----

    def source(self, kinds=None):
        paths = [node.path for node in self.case.nodes if kinds is None or node.kind in kinds]
        if not paths or self.chance(0.03):
            return self.pick([".", "missing", "..", "/", "./"])
        path = self.pick(paths)
        parts = path.split("/")
        if self.chance(0.6):
            return path
        return self.pick([
            "./" + path, "/" + path, path + "/", "*", ".", "./", parts[0], parts[0] + "/*", path[:-1] + "*", path[:-1] + "?",
            "*" + path[-1:], "/".join(parts[:-1] + ["*"]), "*/*", path + "/.", "x/../" + path, "../" + path, path + "/..",
            "[a-z]*", "[!a]*", "[^a]*", "**/" + parts[-1], "**", ".*", parts[0] + "/*/*", "*/" + parts[-1], path + "//", "{a,b}"])

    def destination(self, is_several):
        base = self.pick(self.destinations)
        if self.chance(0.35):
            names = [n.path for n in self.case.nodes if " " not in n.path] or ["a"]
            base = "/" + self.pick(names).split("/")[0] if self.chance(0.6) else "/" + self.pick(names)
        word = self.random.choices(
            [base, base + "/", base + "/new", base + "/new/", "rel", "rel/", ".", "./", "/deep/er/than/it/was/", "../up", "${V:-/v}/x", "/$NAME/",
             base + "/.", "/x/../y", base + "//z"],
            [30, 20, 12, 8, 6, 5, 5, 3, 3, 2, 4, 3, 2, 1, 1])[0]
        if is_several and not word.endswith("/") and self.chance(0.95):
            word += "/"
        self.destinations.append(word if "$" not in word else "/v")
        return word.replace("//", "/") if word.startswith("//") else word

    def flags(self):
        flags = []
        if self.chance(0.2):
            flags.append("--chmod=" + self.pick(["755", "0644", "600", "4755", "0", "777", "1777"]))
        if self.chance(0.2):
            flags.append("--chown=" + self.pick(["1000", "1000:1001", "0:0", "7:8", "65534:65534", "33:33"]))
        if "exclude" in self.features and self.chance(0.25):
            # Without "**/", buildah's patterns begin at the context, BuildKit's at the source.
            name = re.sub(r"[^a-z.]", "?", self.pick(self.case.nodes).path.split("/")[-1]) if self.case.nodes else "a"
            flags.append("--exclude=**/" + self.pick([name, "*" + name[-1:], name[:1] + "*"]))
        return flags

    def copy(self):
        if "heredoc" in self.features and self.chance(0.1):
            return self.here_document("COPY")
        return self.words_of("COPY", self.flags(), [self.source() for _ in range(self.pick([1, 1, 1, 1, 2, 3]))])

    def add(self):
        if self.chance(0.05):
            # Compressed, but no archive: copied as it is.
            self.case.nodes.append(Node("file", "plain.gz", 0o644, gzip.compress(b"text", mtime=0)))
            return self.words_of("ADD", self.flags(), ["plain.gz"])
        kinds = {"tar"} if self.chance(0.7) else None
        return self.words_of("ADD", self.flags(), [self.source(kinds) for _ in range(self.pick([1, 1, 1, 2]))])

    def words_of(self, name, flags, sources):
        destination = self.destination(len(sources) > 1)
        words = [self.escaped(source) for source in sources] + [destination]
        if any(" " in word for word in words) or self.chance(0.1):
            quoted = ", ".join('"%s"' % word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
            return " ".join([name, *flags, "[" + quoted + "]"])
        return " ".join([name, *flags, *words])

    def escaped(self, word):
        """What means the path itself, in words that are expanded; sometimes the path as it is."""
        if self.chance(0.15):
            return word
        out = ""
        for c in word:
            out += "\\" + c if c in "\\'\"$" else c
        return out

    def here_document(self, name):
        documents = self.random.randint(1, 2)
        destination = self.pick(["/here/", "/app/", "/"]) if documents > 1 else self.pick(["/here", "/here/", "/app/doc", "rel/"])
        words, lines = [], []
        for i in range(documents):
            quote = self.pick(["", "", "'", '"'])
            dash = self.pick(["", "", "-"])
            words.append("<<%s%sEOF%d%s" % (dash, quote, i, quote))
            lines += [self.pick(["text", "\ttabbed", "$V and ${NAME}", "'q' \"q\"", "# no comment", "", "  lead", "a \\$V"])
                      for _ in range(self.random.randint(0, 4))] + ["EOF%d" % i]
        return " ".join([name, *self.flags(), *words, destination]) + "\n" + "\n".join(lines)
