// Which blobs are needed: every digest that is written in a needed document.
//
// Documents are not parsed for this but searched for "sha256:" and 64 hex digits. That finds what
// manifests and indexes refer to, also those of kinds that we do not know, and at worst keeps
// a blob too many.
#include "garbage.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/oci/digest.h"
#include "modulah/oci/manifest.h"

namespace modulah::store {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::size_t kHexDigits = 64;

/// Calls `found` with the hex of each digest in `text`.
template <typename Found>
void for_each_digest(std::string_view text, Found&& found) {
  for (std::size_t at = text.find(kAlgorithm); at != std::string_view::npos;
       at = text.find(kAlgorithm, at + 1)) {
    const std::string_view hex = text.substr(at + kAlgorithm.size(), kHexDigits);
    if (is_blob_name(hex)) found(hex);
  }
}

}  // namespace

std::vector<std::string> digests_in(std::string_view text) {
  std::vector<std::string> found;
  for_each_digest(text, [&](std::string_view hex) { found.emplace_back(hex); });
  return found;
}

std::optional<std::string> read_document(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error || size > oci::kMaxDocumentBytes || size < 2) return std::nullopt;
  FileSource source(path);
  std::byte first{};
  if (source.read({&first, 1}) != 1) return std::nullopt;
  // JSON objects, possibly after white space.
  if (std::string_view("{ \t\r\n").find(static_cast<char>(first)) == std::string_view::npos)
    return std::nullopt;
  return static_cast<char>(first) + read_all(source, oci::kMaxDocumentBytes, path.native());
}

bool is_blob_name(std::string_view name) {
  return name.size() == kHexDigits && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::set<std::string, std::less<>> find_needed(const std::filesystem::path& blobs,
                                               std::string_view index) {
  std::set<std::string, std::less<>> needed;
  std::vector<std::string> left;
  const auto need = [&](std::string_view hex) {
    if (needed.emplace(hex).second) left.emplace_back(hex);
  };
  for_each_digest(index, need);
  while (!left.empty()) {
    const std::string hex = std::move(left.back());
    left.pop_back();
    const std::filesystem::path path = blobs / hex;
    const std::optional<std::string> document = read_document(path);
    if (!document) continue;
    if (oci::Digest::of(*document).hex() != hex)
      throw Error(
          ErrorKind::corrupt,
          fmt::format("{} does not have the bytes that its name says, so nothing was removed",
                      path.native()),
          "Run 'modulah fsck --repair' first.");
    for_each_digest(*document, need);
  }
  return needed;
}

std::uint64_t remove_small_caches(const std::filesystem::path& cache) {
  std::uint64_t freed = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator folder(cache, error), end; !error && folder != end;
       folder.increment(error)) {
    const std::string name = folder->path().filename().native();
    std::error_code ignored;
    if (name == "tmp" || name == "run" || !folder->is_directory(ignored) ||
        folder->is_symlink(ignored))
      continue;
    for (std::filesystem::recursive_directory_iterator file(folder->path(), ignored), last;
         !ignored && file != last; file.increment(ignored)) {
      std::error_code gone;
      if (!file->is_regular_file(gone) || gone) continue;
      const std::uintmax_t size = file->file_size(gone);
      if (std::filesystem::remove(file->path(), gone) && !gone) freed += size;
    }
  }
  return freed;
}

std::uint64_t remove_unneeded(const std::filesystem::path& blobs,
                              const std::set<std::string, std::less<>>& needed) {
  std::uint64_t freed = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(blobs, error)) {
    const std::string name = file.path().filename().native();
    if (!is_blob_name(name) || needed.contains(name)) continue;
    std::error_code ignored;
    const std::uintmax_t size = file.file_size(ignored);
    if (!std::filesystem::remove(file.path(), error) || error)
      throw_system_error(fmt::format("remove {}", file.path().native()), error.value());
    freed += ignored ? 0 : size;
  }
  if (error) throw_system_error(fmt::format("read {}", blobs.native()), error.value());
  return freed;
}

}  // namespace modulah::store
