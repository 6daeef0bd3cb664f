// What the options of several commands have in common, and what buildah and podman understand.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace modulah::cli {

/// Adds an option that may be given several times, with one value each time, as in "-e A=1 -e B=2".
CLI::Option* add_list(CLI::App& app, const std::string& names, std::vector<std::string>& values,
                      const std::string& description);

/// Takes options that scripts pass to podman and that change nothing for a Wasm guest. They are not
/// in the help.
void accept_silently(CLI::App& app, std::initializer_list<const char*> flags,
                     std::initializer_list<const char*> with_value);

/// Refuses an option of podman's: Error usage says `why`, in words that follow the option's
/// name ("has no meaning here"), and `hint`.
void refuse(CLI::App& app, const char* names, std::string_view why, std::string_view hint);

/// Reads a number of bytes with an optional unit b, k, m, g or t (powers of 1024; "KiB" and "mb"
/// are the same). Throws Error usage; `option` names the option.
[[nodiscard]] std::uint64_t parse_bytes(std::string_view text, std::string_view option);

/// Reads a time: a number with an optional unit ms, s, m or h; seconds without one. Throws Error
/// usage; `option` names the option.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text,
                                                       std::string_view option);

}  // namespace modulah::cli
