// Telling a file by its first bytes.
#include "modulah/validate/file_kind.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "modulah/base/io.h"
#include "modulah/wasm/binary.h"

namespace modulah::validate {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kCompile = "Compile for wasm32-wasip1 and copy the .wasm file.";
constexpr std::string_view kDownload =
    "It looks like the answer of a server instead of a file: download the module again, for "
    "instance with 'curl --fail --location'.";

constexpr std::array kWords = {
    FileKindWords{FileKind::module, "module", "a WebAssembly module", ""},
    FileKindWords{FileKind::compiled, "compiled", "code that an engine compiled for one processor",
                  "Copy the module that it was compiled from."},
    FileKindWords{FileKind::elf, "elf", "a native program (ELF)", kCompile},
    FileKindWords{FileKind::windows, "windows", "a native program for Windows", kCompile},
    FileKindWords{FileKind::macos, "macos", "a native program for macOS (Mach-O)", kCompile},
    FileKindWords{FileKind::script, "script", "a script", kCompile},
    FileKindWords{FileKind::empty, "empty", "empty",
                  "Check the step that writes it: a compiler that stopped, a redirection, a "
                  "download."},
    FileKindWords{FileKind::lfs_pointer, "lfs-pointer", "a Git LFS pointer",
                  "Run 'git lfs pull' to fetch the file that it points to."},
    FileKindWords{FileKind::html, "html", "an HTML page", kDownload},
    FileKindWords{FileKind::xml, "xml", "an XML document", kDownload},
    FileKindWords{FileKind::json, "json", "a JSON document", kDownload},
    FileKindWords{FileKind::gzip, "gzip", "a file compressed with gzip",
                  "Decompress it before the build: gunzip."},
    FileKindWords{FileKind::zstd, "zstd", "a file compressed with zstd",
                  "Decompress it before the build: unzstd."},
    FileKindWords{FileKind::xz, "xz", "a file compressed with xz",
                  "Decompress it before the build: unxz."},
    FileKindWords{FileKind::bzip2, "bzip2", "a file compressed with bzip2",
                  "Decompress it before the build: bunzip2."},
    FileKindWords{FileKind::zip, "zip", "a zip archive", "Unpack it before the build: unzip."},
    FileKindWords{FileKind::tar, "tar", "a tar archive",
                  "Unpack it with ADD, or before the build."},
    FileKindWords{FileKind::text_format, "text-format", "WebAssembly in the text format",
                  "Assemble it before the build: wat2wasm, or wasm-tools parse."},
    FileKindWords{FileKind::other, "other", "a file of another kind", kCompile},
};

/// Bytes that begin files of one kind.
struct Magic {
  std::string_view bytes;
  FileKind kind;
};
constexpr std::array kMagics = {
    Magic{"\0aot"sv, FileKind::compiled},
    Magic{"\x7f"
          "ELF"sv,
          FileKind::elf},
    Magic{"MZ"sv, FileKind::windows},
    Magic{"\xcf\xfa\xed\xfe"sv, FileKind::macos},
    Magic{"\xce\xfa\xed\xfe"sv, FileKind::macos},
    Magic{"\xca\xfe\xba\xbe"sv, FileKind::macos},
    Magic{"#!"sv, FileKind::script},
    Magic{"version https://git-lfs.github.com/spec/"sv, FileKind::lfs_pointer},
    Magic{"\x1f\x8b"sv, FileKind::gzip},
    Magic{"\x28\xb5\x2f\xfd"sv, FileKind::zstd},
    Magic{"\xfd"
          "7zXZ\0"sv,
          FileKind::xz},
    Magic{"BZh"sv, FileKind::bzip2},
    Magic{"PK\3\4"sv, FileKind::zip},
};

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::array<std::string_view, 2> kTextFormatWords = {"(module", "(component"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Whether `text` begins with `word`, which is in lower case, in any case.
bool begins_with_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(),
                    [](char wanted, char c) { return lower(c) == wanted; });
}

/// Without blanks and the text format's comments at the start.
std::string_view without_comments(std::string_view text) {
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    std::string_view end;
    if (text.starts_with(";;"))
      end = "\n";
    else if (text.starts_with("(;"))
      end = ";)";
    else
      return text;
    const std::size_t at = text.find(end);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
  }
}

bool is_text_format(std::string_view text) {
  text = without_comments(text);
  return std::any_of(kTextFormatWords.begin(), kTextFormatWords.end(), [&](std::string_view word) {
    return text.starts_with(word) && text.size() > word.size() &&
           (kBlanks.find(text[word.size()]) != std::string_view::npos || text[word.size()] == ')' ||
            text[word.size()] == '(');
  });
}

FileKind kind_of_text(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (is_text_format(text)) return FileKind::text_format;
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (begins_with_word(text, "<!doctype html") || begins_with_word(text, "<html") ||
      begins_with_word(text, "<head") || begins_with_word(text, "<body"))
    return FileKind::html;
  if (begins_with_word(text, "<?xml")) return FileKind::xml;
  if (text.starts_with("{\"")) return FileKind::json;
  return FileKind::other;
}

}  // namespace

FileKind kind_of_file(std::span<const std::byte> first_bytes) {
  if (first_bytes.empty()) return FileKind::empty;
  if (wasm::is_wasm(first_bytes)) return FileKind::module;
  const std::string_view text = as_text(first_bytes);
  for (const Magic& magic : kMagics) {
    if (!text.starts_with(magic.bytes)) continue;
    // Wasmtime's compiled modules are ELF files of an operating system that there is not.
    constexpr std::size_t kOsAbi = 7;
    constexpr char kOsAbiWasmtime = '\xc8';
    const bool is_compiled =
        magic.kind == FileKind::elf && text.size() > kOsAbi && text[kOsAbi] == kOsAbiWasmtime;
    return is_compiled ? FileKind::compiled : magic.kind;
  }
  constexpr std::size_t kTarMagic = 257;
  if (text.size() > kTarMagic && text.substr(kTarMagic).starts_with("ustar")) return FileKind::tar;
  return kind_of_text(text);
}

bool is_native(FileKind kind) {
  return kind == FileKind::elf || kind == FileKind::windows || kind == FileKind::macos;
}

std::string not_a_module(FileKind kind) {
  if (kind == FileKind::other)
    return "is not a WebAssembly module: it does not begin with \"\\0asm\"";
  return fmt::format("is {}, not a WebAssembly module", words_of(kind).what);
}

std::span<const FileKindWords> all_file_kinds() { return kWords; }

const FileKindWords& words_of(FileKind kind) { return kWords[static_cast<std::size_t>(kind)]; }

}  // namespace modulah::validate
