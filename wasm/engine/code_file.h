// Files of compiled code.
//
// Wasmtime's code is machine code: loading bytes that somebody else wrote means running them. So a
// file is only taken from a directory that is ours alone, and only when the SHA-256 in its
// header is that of the code, which detects what a full disk or a crash left:
//
//   offset 0   "modulah\x01"
//          8   the version of Wasmtime, 4 bytes; what it is (module 0, component 1), 4 bytes
//         16   the code's length, 8 bytes
//         24   SHA-256 of the code, 32 bytes; 8 bytes of zero
//         64   the code
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "modulah/base/files.h"
#include "modulah/wasm/engine.h"

namespace modulah::wasm {

/// A checked file of code; the bytes live as long as the object.
class CodeFile {
 public:
  [[nodiscard]] BinaryKind kind() const noexcept { return kind_; }
  [[nodiscard]] std::span<const std::byte> code() const noexcept;

 private:
  friend std::optional<CodeFile> read_code_file(const std::filesystem::path& path);
  CodeFile(FileBytes file, BinaryKind kind) : file_(std::move(file)), kind_(kind) {}

  FileBytes file_;
  BinaryKind kind_;
};

/// Whether `directory` exists, belongs to this user, and cannot be written by anybody else.
[[nodiscard]] bool is_private_directory(const std::filesystem::path& directory);

/// Creates `directory` (mode 0700) and its parents if they do not exist. False when it cannot be
/// created or is not private.
[[nodiscard]] bool make_private_directory(const std::filesystem::path& directory);

/// Reads a file in a private directory. Nothing when it does not exist, is not this user's, or does
/// not match its header.
[[nodiscard]] std::optional<CodeFile> read_code_file(const std::filesystem::path& path);

/// Writes a file that appears whole or not at all. Throws Error io and the like.
void write_code_file(const std::filesystem::path& path, BinaryKind kind,
                     std::span<const std::byte> code);

}  // namespace modulah::wasm
