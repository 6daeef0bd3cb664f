// The one setting that is used from registries.conf: where logins are stored.
//
//   credential-helpers = ["secretservice", "containers-auth.json"]
//
// The file is TOML. It is parsed only as far as necessary to find one top-level key.
//
// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::registry {

/// The name that stands for the auth files in the list.
inline constexpr std::string_view kAuthFilesHelper = "containers-auth.json";

/// The helpers that a file names, in order; nothing when it does not have the setting. Throws Error
/// invalid, with `what` as the file's name, when the setting is not a list of strings.
[[nodiscard]] std::optional<std::vector<std::string>> parse_credential_helpers(
    std::string_view toml, std::string_view what);

}  // namespace modulah::registry
