"""The differences between modulah and buildah that are choices, each with a name.

Where buildah and BuildKit differ, modulah follows BuildKit; docs/decisions/buildah-differences.md
says what and why. A rule here is as
narrow as can be said in a line: what it explains is not looked at again.
"""
import hashlib
import os
import re
from dataclasses import dataclass, field


@dataclass
class Difference:
    """`kind` says what differs; `path` is of a file in the image, or empty. Of a failure, `ours` or
    `theirs` is the message."""
    kind: str
    path: str
    ours: object
    theirs: object
    others: list = field(default_factory=list, repr=False)  # Those of the same case.

    def __str__(self):
        return f"{self.kind}: /{self.path}: modulah {self.ours!r}, buildah {self.theirs!r}"


def words_of(case, name):
    """The rests of all instructions of this name."""
    return [i.split(None, 1)[1] for i in case.instructions if i.split(None, 1)[0].upper() == name]


def volume_directory(difference, case, version):
    """buildah makes the directories of VOLUME."""
    return (difference.kind == "only in buildah's image" and words_of(case, "VOLUME")
            and difference.theirs[0] == "directory")


def set_id_bits(difference, case, version):
    """buildah drops the setuid and setgid bits of what is in the context."""
    return (difference.kind in ("file mode", "directory mode") and
            int(difference.ours, 8) & ~0o6000 == int(difference.theirs, 8))


def workdir_clean(difference, case, version):
    """buildah keeps WORKDIR as it is written; BuildKit cleans it."""
    return (difference.kind == "config WorkingDir" and
            difference.ours == os.path.normpath(difference.theirs).replace("//", "/"))


def file_over_directory(difference, case, version):
    """buildah replaces a directory by a file or symlink of the same name, and the other way round; BuildKit refuses."""
    return (difference.kind == "only modulah fails" and
            re.search(r"is a directory in the image, not a (file|symlink)|is a (file|symlink) in the image, not a directory|"
                      r"leads through .*, which is not a directory",
                      difference.ours))


def link_out_of_context(difference, case, version):
    """buildah takes the context for the root directory of symlinks in it."""
    if difference.kind == "only in buildah's image":
        # A wildcard for directories passes by such a symlink.
        sources = words_of(case, "COPY") + words_of(case, "ADD")
        return (any(node.kind == "link" and re.match(r"/|\.\.", node.target) for node in case.nodes) and
                any(re.search(r"[*?\]][^ ]*/", words) for words in sources))
    return difference.kind == "only modulah fails" and "leads out of its root" in difference.ours


def one_name_for_several(difference, case, version):
    """What a wildcard finds cannot all have one name."""
    return difference.kind == "only modulah fails" and "sources cannot all be" in difference.ours


def expose_range(difference, case, version):
    """buildah keeps a range of ports as it is written; BuildKit lists the ports."""
    return difference.kind == "config ExposedPorts" and any("-" in port for port in difference.theirs or {})


def expose_case(difference, case, version):
    """buildah keeps the protocol as it is written; BuildKit writes it in lower case."""
    return (difference.kind == "config ExposedPorts" and
            difference.ours == {port.lower(): value for port, value in difference.theirs.items()})


def archive_owner(difference, case, version):
    """buildah leaves the owners of an archive's members as they are in spite of ADD --chown."""
    return difference.kind.endswith(" owner") and any("--chown" in words for words in words_of(case, "ADD"))


def wildcard_of_nothing(difference, case, version):
    """buildah fails when all that one of several wildcards finds is ignored."""
    return difference.kind == "only buildah fails" and re.search(
        r'no items matching glob ".*[*?\[].*" copied \(\d+ filtered out', difference.theirs)


def included_below(difference, case, version):
    """buildah looks at the name of a source only, not at "!" rules for what is below it."""
    if difference.kind == "only in modulah's image":
        sources = words_of(case, "COPY") + words_of(case, "ADD")
        return "!" in (case.ignore or "") and any(re.search(r"[*?\[]", words) for words in sources)
    return difference.kind == "only buildah fails" and "!" in (case.ignore or "") and re.search(
        r'no items matching glob ".*" copied \(\d+ filtered out', difference.theirs)


def found_name_is_wildcard(difference, case, version):
    """buildah takes a name that a wildcard has found for a wildcard again."""
    return difference.kind == "only buildah fails" and re.search(
        r"copier: get: globs \[.*[\\*?\[].*\] matched nothing", difference.theirs)


def backslash_in_name(difference, case, version):
    """buildah cannot name a file with a backslash in its name."""
    if difference.kind == "only in modulah's image":
        return "\\" in difference.path
    return (difference.kind == "only buildah fails" and "\\" in difference.theirs and
            "checking on sources under" in difference.theirs)


def dot_as_destination(difference, case, version):
    """A destination that ends with "/." is a directory; buildah looks at the cleaned path."""
    if not any(re.search(r'/\."?\]?$', words) for words in words_of(case, "COPY") + words_of(case, "ADD")):
        return False
    if difference.kind == "only buildah fails":
        return re.search("not a directory|renamed . items when we expected", difference.theirs)
    is_below = any(other.kind == "type" and other.path == os.path.dirname(difference.path)
                   for other in difference.others)
    return difference.kind == "type" or difference.kind == "only in modulah's image" and is_below


def long_name(difference, case, version):
    """buildah cannot rename to a name of more than 100 bytes, or one that is not ASCII, while it copies."""
    if difference.kind == "only in modulah's image":  # Sometimes in silence.
        return not difference.path.isascii() or len(difference.path.rsplit("/", 1)[-1]) > 100
    return difference.kind == "only buildah fails" and "2 errors occurred" in difference.theirs


def empty_value(difference, case, version):
    """USER, WORKDIR and VOLUME of nothing are errors: nothing is what a variable without a value gives."""
    return difference.kind == "only modulah fails" and re.search(
        r"the (user of USER|path of WORKDIR|path of a volume) is empty$", difference.ours)


def environment_order(difference, case, version):
    """--env sets a variable where it stands; buildah puts it to the end."""
    return (difference.kind == "config Env" and "--env" in case.options and
            sorted(difference.ours or []) == sorted(difference.theirs or []))


def archive_through_link(difference, case, version):
    """A symlink in the image leads the members of an archive to where it leads at run time. buildah and
    BuildKit take the destination of ADD for the root directory meanwhile."""
    if not words_of(case, "ADD") or not any(node.kind == "link" for node in case.nodes):
        return False
    # The same file is at another place in the other image.
    moved = any({other.kind, difference.kind} == {"only in modulah's image", "only in buildah's image"} and
                (other.ours or other.theirs) == (difference.ours or difference.theirs) and
                os.path.basename(other.path) == os.path.basename(difference.path) for other in difference.others)
    return moved or difference.kind == "only buildah fails" and "storing" in difference.theirs


def double_star(difference, case, version):
    """Newer versions of buildah take "**" in a source for any number of directories; it is "*" to BuildKit."""
    sources = words_of(case, "COPY") + words_of(case, "ADD")
    return version >= (1, 33) and any("**" in re.sub(r"--exclude=\S*", "", words) for words in sources)


def document_backslash(difference, case, version):
    """In a here-document "\\" makes the next character plain; buildah keeps it."""
    return (difference.kind == "file content" and
            any("<<" in words and "\\$" in words for words in words_of(case, "COPY")))


def empty_document(difference, case, version):
    """An empty here-document is an empty file; buildah writes a line end."""
    digest_of = lambda text: hashlib.sha256(text).hexdigest()
    return (difference.kind == "file content" and difference.ours == digest_of(b"") and
            difference.theirs == digest_of(b"\n"))


def excluded_source(difference, case, version):
    """--exclude may leave nothing of a source; buildah fails then."""
    return (difference.kind == "only buildah fails" and "--exclude" in case.containerfile() and
            re.search(r"copied \(\d+ filtered out|no such file or directory$|is not a directory$", difference.theirs))


def excluded_parent(difference, case, version):
    """--exclude looks at what is below the source; buildah at all of the path, from the context on."""
    return (version >= (1, 33) and difference.kind in ("only in modulah's image", "file mode", "file content") and
            "--exclude" in case.containerfile())


def command_shell(difference, case, version):
    """buildah gives CMD and ENTRYPOINT in shell form to /bin/sh, whatever SHELL says."""
    return difference.kind in ("config Cmd", "config Entrypoint") and words_of(case, "SHELL")


def looping_link(difference, case, version):
    """buildah fails at a symlink to itself that it need not look at: one that is ignored."""
    return (difference.kind == "only buildah fails" and case.ignore is not None and
            "too many levels of symbolic links" in difference.theirs)


def ignored_after_blank(difference, case, version):
    """buildah takes no "/" off a pattern of an ignore file that has a blank before it."""
    return (re.search(r"(?m)^[ \t]+!?/", case.ignore or "") and
            difference.kind in ("only in buildah's image", "only in modulah's image", "only modulah fails"))


def expose_protocols(difference, case, version):
    """buildah 1.28 keeps one protocol for each number."""
    number = lambda port: port.split("/")[0]
    return (difference.kind == "config ExposedPorts" and set(difference.theirs or {}) < set(difference.ours) and
            {number(port) for port in difference.theirs or {}} == {number(port) for port in difference.ours})


def target_case(difference, case, version):
    """buildah compares the name that --target has to the letter; it means the same in any case to BuildKit."""
    return (difference.kind == "only buildah fails" and "--target" in case.options and
            re.search('The target ".*" was not found', difference.theirs))


RULES = [
    archive_owner, archive_through_link, backslash_in_name, command_shell, document_backslash,
    dot_as_destination, double_star, empty_document, empty_value, environment_order,
    excluded_parent, excluded_source, expose_case, expose_protocols, expose_range,
    file_over_directory, found_name_is_wildcard, ignored_after_blank, included_below,
    link_out_of_context, long_name, looping_link, one_name_for_several, set_id_bits, target_case,
    volume_directory, wildcard_of_nothing, workdir_clean,
]


def explain(differences, case, version):
    """For each difference the name of the rule that explains it, or None."""
    names = []
    for difference in differences:
        difference.others = differences
        names.append(next((rule.__name__ for rule in RULES if rule(difference, case, version)), None))
    return names
