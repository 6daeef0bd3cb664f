// What a file is, told by its first bytes and never by its name.
//
// An entry point that is not a module is nearly always one of a few things: a pointer that Git LFS
// left, the error page of a download, a file that is still compressed, a native build. Each is
// named, with what to do about it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace modulah::validate {

enum class FileKind : std::uint8_t {
  module,       ///< WebAssembly, module or component.
  compiled,     ///< WebAssembly compiled for one processor and one engine (Wasmtime, WAMR).
  elf,          ///< A native program or library for Linux.
  windows,      ///< A native program or library for Windows.
  macos,        ///< A native program or library for macOS.
  script,       ///< Begins with "#!".
  empty,        ///< Has no bytes.
  lfs_pointer,  ///< What Git LFS leaves in place of a large file.
  html,         ///< A web page.
  xml,          ///< An XML document.
  json,         ///< A JSON object.
  gzip,
  zstd,
  xz,
  bzip2,
  zip,
  tar,
  text_format,  ///< WebAssembly in the text format.
  other,        ///< None of these.
};

/// How many bytes of a file `kind_of_file` looks at; fewer when it is shorter.
inline constexpr std::size_t kFileKindBytes = 512;
/// The kind of the file that begins with `first_bytes`; no bytes mean that it is empty.
[[nodiscard]] FileKind kind_of_file(std::span<const std::byte> first_bytes);

/// Whether a file is a native program or library.
[[nodiscard]] bool is_native(FileKind kind);

/// "is a Git LFS pointer, not a WebAssembly module": for a file that should be one.
[[nodiscard]] std::string not_a_module(FileKind kind);

/// How a kind is put into words.
struct FileKindWords {
  FileKind kind;
  std::string_view name;  ///< For records, e.g. "lfs-pointer". One word.
  std::string_view what;  ///< "a Git LFS pointer"; follows "is".
  std::string_view hint;  ///< What to do to get a module, a full sentence; empty for a module.
};
[[nodiscard]] const FileKindWords& words_of(FileKind kind);
/// All kinds, in the order of FileKind.
[[nodiscard]] std::span<const FileKindWords> all_file_kinds();

}  // namespace modulah::validate
