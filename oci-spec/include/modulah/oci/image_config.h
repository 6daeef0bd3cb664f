// An image's configuration: what runs, with which environment, and the layers' diff ids.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/oci/digest.h"
#include "modulah/oci/platform.h"

namespace modulah::oci {

/// Docker's extension fields for HEALTHCHECK. Times are nanoseconds in JSON; zero is "inherit".
struct Healthcheck {
  std::vector<std::string> test;  ///< {"NONE"}, {"CMD", args...} or {"CMD-SHELL", command}.
  std::chrono::nanoseconds interval{0};
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds start_period{0};
  std::chrono::nanoseconds start_interval{0};
  int retries = 0;

  friend bool operator==(const Healthcheck&, const Healthcheck&) = default;
};

struct HistoryEntry {
  std::string created;  ///< RFC 3339, or empty.
  std::string created_by;
  std::string author;
  std::string comment;
  bool is_empty_layer = false;
};

/// What a container of the image is started with.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
struct ContainerConfig {
  std::string user;
  std::set<std::string> exposed_ports;   ///< "8080/tcp"
  std::vector<std::string> environment;  ///< "NAME=value", in order of first setting.
  std::optional<std::vector<std::string>> entrypoint;
  std::optional<std::vector<std::string>> command;
  std::set<std::string> volumes;
  std::string working_directory;
  std::map<std::string, std::string> labels;
  std::string stop_signal;
  std::vector<std::string> shell;     ///< Docker's extension; empty: not set.
  std::vector<std::string> on_build;  ///< Docker's extension.
  std::optional<Healthcheck> healthcheck;
};

struct ImageConfig {
  std::string created;  ///< RFC 3339, or empty.
  std::string author;
  Platform platform;
  ContainerConfig config;
  std::vector<Digest> diff_ids;
  std::vector<HistoryEntry> history;
};

/// Reads a configuration. Throws Error invalid with the JSON path of what is wrong.
[[nodiscard]] ImageConfig parse_image_config(std::string_view json, std::string_view what);
/// Keys in a fixed order, no white space, absent where empty.
[[nodiscard]] std::string to_json(const ImageConfig& config);

}  // namespace modulah::oci
