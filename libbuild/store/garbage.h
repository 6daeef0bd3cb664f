// Blobs that no image of a layout needs; internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::store {

/// The hex digests of all blobs that the text of an index, and the documents it names, refer to.
/// Throws Error corrupt, naming the path, for a document that is not what its digest says: then
/// nobody knows what it referred to, and nothing may be removed.
[[nodiscard]] std::set<std::string, std::less<>> find_needed(const std::filesystem::path& blobs,
                                                             std::string_view index);

/// Removes the blobs in the directory `blobs` that are not `needed` and returns their bytes. The
/// caller sees to it that nobody is writing. Files that have no digest as name stay.
std::uint64_t remove_unneeded(const std::filesystem::path& blobs,
                              const std::set<std::string, std::less<>>& needed);

/// Removes what the caches in the directory `cache` keep in files that are not in use: results of
/// builds, which a build makes again. Not the locks, the reserve and the unpacked images of runs.
/// Returns their bytes.
std::uint64_t remove_small_caches(const std::filesystem::path& cache);

/// The text of a blob that may be a document, or nothing for all others. Throws Error io, denied.
[[nodiscard]] std::optional<std::string> read_document(const std::filesystem::path& path);
/// The hex digits of the digests that are written in a text, each as often as it is there.
[[nodiscard]] std::vector<std::string> digests_in(std::string_view text);

/// True for 64 lower-case hex digits.
[[nodiscard]] bool is_blob_name(std::string_view name);

}  // namespace modulah::store
