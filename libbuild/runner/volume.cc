// Reads the words of --volume and --entrypoint.
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/runner/run_spec.h"

#include "guest_path.h"

namespace modulah::runner {
namespace {

/// Options of podman and docker about labels, owners and mounts, which do not apply to a guest.
constexpr std::array<std::string_view, 13> kMeaningless = {
    "z",       "Z",        "U",      "O",       "nocopy",    "copy",      "cached",
    "private", "rprivate", "shared", "rshared", "delegated", "consistent"};

bool is_meaningless(std::string_view option) {
  for (const std::string_view one : kMeaningless)
    if (one == option) return true;
  return option == "slave" || option == "rslave" || option == "bind" || option == "rbind" ||
         option == "noexec" || option == "nosuid" || option == "nodev";
}

[[noreturn]] void throw_usage(std::string_view text, std::string_view problem,
                              std::string hint = {}) {
  throw Error(ErrorKind::usage, fmt::format("volume \"{}\" {}", text, problem), std::move(hint));
}

wasm::Access access_of(std::string_view options, std::string_view text) {
  wasm::Access access = wasm::Access::read_write;
  while (!options.empty()) {
    const std::size_t comma = options.find(',');
    const std::string_view option = options.substr(0, comma);
    options = comma == std::string_view::npos ? std::string_view() : options.substr(comma + 1);
    if (option == "ro")
      access = wasm::Access::read_only;
    else if (option != "rw" && !is_meaningless(option))
      throw_usage(text, fmt::format("has the unknown option \"{}\"", option));
  }
  return access;
}

}  // namespace

Volume parse_volume(std::string_view text, const std::filesystem::path& directory) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    throw_usage(text, "has no \":\"", "Write it as HOST:GUEST, e.g. ./data:/data:ro.");
  const std::string_view host = text.substr(0, colon);
  std::string_view guest = text.substr(colon + 1);
  std::string_view options;
  if (const std::size_t second = guest.find(':'); second != std::string_view::npos) {
    options = guest.substr(second + 1);
    guest = guest.substr(0, second);
  }
  if (host.empty()) throw_usage(text, "has no host directory before the \":\"");
  if (host.find('/') == std::string_view::npos && !host.starts_with('.'))
    throw_usage(text, "is a named volume, which is not supported",
                fmt::format("For the directory of that name, write ./{}.", text));
  if (!guest.starts_with('/'))
    throw_usage(text, fmt::format("has the guest path \"{}\", which does not begin with /", guest));
  return {(directory / host).lexically_normal(), absolute_guest_path(guest, "/"),
          access_of(options, text)};
}

std::vector<std::string> parse_entrypoint(std::string_view text) {
  if (!text.starts_with('[')) return {std::string(text)};
  const nlohmann::json json = parse_json<nlohmann::json>(text);
  std::vector<std::string> words;
  if (json.is_array())
    for (const nlohmann::json& word : json)
      if (word.is_string()) words.push_back(word.get<std::string>());
  if (!json.is_array() || words.size() != json.size())
    throw Error(ErrorKind::usage, fmt::format("entrypoint {} is not a JSON array of strings", text),
                "Write it as [\"/app.wasm\", \"ARG\"], or as one path.");
  return words;
}

}  // namespace modulah::runner
