// Changes auth files so that no login is lost when several processes do so at once; internal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include <nlohmann/json.hpp>

namespace modulah::registry {

/// An auth file's JSON, with its members in the order that the file has.
using AuthDocument = nlohmann::ordered_json;

inline constexpr std::uint64_t kMaxAuthFileBytes = 4 << 20;

/// The content of an auth file; an empty object when there is no file, or it is empty. Throws Error
/// invalid when it cannot be read as one.
[[nodiscard]] AuthDocument read_auth_document(const std::filesystem::path& path);

/// Reads the file, lets `edit` change it, and replaces it unless `edit` returns false; returns what
/// `edit` returned. Its directory is locked meanwhile. A program that does not lock it may change
/// the file in between: then `edit` is called again, with the newer content. Throws Error
/// unavailable when another process holds the lock for half a minute, cancelled when `stop` is
/// requested.
bool edit_auth_file(const std::filesystem::path& path,
                    const std::function<bool(AuthDocument&)>& edit, const std::stop_token& stop);

}  // namespace modulah::registry
