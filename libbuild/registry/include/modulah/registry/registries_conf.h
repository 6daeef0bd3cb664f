// The one setting that we take from containers' registries.conf: who keeps the logins.
//
//   credential-helpers = ["secretservice", "containers-auth.json"]
//
// The file is TOML. It is read as far as it takes to find one key at its top, whatever else it has.
//
// https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modulah::registry {

/// The place in the list that stands for the auth files.
inline constexpr std::string_view kAuthFilesHelper = "containers-auth.json";

/// The helpers that a file names, in order; nothing when it does not have the setting. Throws Error
/// invalid, with `what` as the file's name, when the setting is no list of texts.
[[nodiscard]] std::optional<std::vector<std::string>> parse_credential_helpers(
    std::string_view toml, std::string_view what);

}  // namespace modulah::registry
