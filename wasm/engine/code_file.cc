// Files of compiled code: see code_file.h for their form and why they are checked.
#include "code_file.h"

#include <array>
#include <cstring>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "modulah/base/error.h"
#include "modulah/base/hash.h"

namespace modulah::wasm {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{2} << 30;

struct Header {
  std::array<char, 8> magic = {'m', 'o', 'd', 'u', 'l', 'a', 'h', '\1'};
  std::uint32_t wasmtime = kWasmtimeMajor;
  std::uint32_t kind = 0;
  std::uint64_t size = 0;
  Sha256Bytes hash{};
  std::array<char, 8> zero{};
};
static_assert(sizeof(Header) == 64);

/// This user's, and no one else may write to it.
bool is_only_ours(const struct stat& status) {
  return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

std::span<const std::byte> CodeFile::code() const noexcept {
  return file_.bytes().subspan(sizeof(Header));
}

bool is_private_directory(const std::filesystem::path& directory) {
  struct stat status {};
  return stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && is_only_ours(status);
}

bool make_private_directory(const std::filesystem::path& directory) {
  std::error_code ignored;  // Whatever went wrong, the directory is private afterwards or not.
  if (directory.has_parent_path())
    std::filesystem::create_directories(directory.parent_path(), ignored);
  (void)mkdir(directory.c_str(), 0700);
  return is_private_directory(directory);
}

std::optional<CodeFile> read_code_file(const std::filesystem::path& path) try {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || !is_only_ours(status))
    return std::nullopt;
  FileBytes file(path, kMaxFileBytes);
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.size() < sizeof(Header)) return std::nullopt;
  Header found;
  std::memcpy(&found, bytes.data(), sizeof found);
  const Header wanted;
  const std::span<const std::byte> code = bytes.subspan(sizeof(Header));
  if (found.magic != wanted.magic || found.wasmtime != wanted.wasmtime || found.kind > 1 ||
      found.size != code.size() || found.hash != sha256(code))
    return std::nullopt;
  return CodeFile(std::move(file), found.kind == 0 ? BinaryKind::module : BinaryKind::component);
} catch (const Error&) {
  // A file that cannot be read counts as missing: the code is compiled again.
  return std::nullopt;
}

void write_code_file(const std::filesystem::path& path, BinaryKind kind,
                     std::span<const std::byte> code) {
  Header header;
  header.kind = kind == BinaryKind::module ? 0 : 1;
  header.size = code.size();
  header.hash = sha256(code);
  AtomicFile file(path.parent_path(), 0600);
  file.write(std::as_bytes(std::span(&header, 1)));
  file.write(code);
  file.commit(path);
}

}  // namespace modulah::wasm
