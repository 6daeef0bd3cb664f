// The options of `modulah build` as they are read from the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "modulah/image/place.h"
#include "modulah/oci/reference.h"

namespace modulah::cli {

struct BuildOptions {
  std::string context = ".";
  std::vector<std::string> files;
  std::string ignore_file;
  std::vector<std::string> tags;
  std::vector<std::string> build_args;
  std::string build_arg_file;
  std::string target;
  std::vector<std::string> platforms;
  std::string os;
  std::string architecture;
  std::string variant;
  std::vector<std::string> labels;
  std::vector<std::string> annotations;
  std::vector<std::string> unset_labels;
  std::vector<std::string> unset_annotations;
  std::vector<std::string> environment;
  std::vector<std::string> unset_environment;
  std::string from;
  std::string os_version;
  std::vector<std::string> os_features;
  std::string manifest;  ///< The list that the image is added to.
  std::string log_file;
  std::string format;
  std::string optimize;
  std::string optimize_timeout;
  std::string optimize_memory;
  std::optional<std::int64_t> timestamp;
  std::string iid_file;
  std::string metadata_file;
  bool has_no_cache = false;
  bool omits_history = false;
  bool has_created_annotation = false;
  bool is_uncompressed = false;
  bool is_quiet = false;
  bool is_json = false;
};

/// Adds the options that say which build of which Containerfile is meant: --file, --build-arg,
/// --ignorefile, --platform, --target and the like. `options` must outlive `app`.
void add_containerfile_options(CLI::App& app, BuildOptions& options);
/// Adds all options and the operand to `app`. `options` must outlive it.
void add_build_options(CLI::App& app, BuildOptions& options);

/// A place the built image is put to: a name in the store, or a place on disk.
struct BuildTag {
  std::optional<oci::Reference> name;
  std::optional<image::Place> place;
};

/// Throws Error usage for what is neither a name nor a place.
[[nodiscard]] std::vector<BuildTag> parse_tags(const std::vector<std::string>& words);

}  // namespace modulah::cli
