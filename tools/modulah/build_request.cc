// From words on the command line to a BuildRequest, by buildah's names and rules.
#include "build_request.h"

#include <algorithm>
#include <array>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/containerfile/parser.h"
#include "modulah/wasm/optimizer.h"

#include "input_file.h"

namespace modulah::cli {

namespace {

constexpr std::uint64_t kMaxIgnoreBytes = 1 << 20;
constexpr std::uint64_t kMaxArgFileBytes = 1 << 20;

[[noreturn]] void usage(std::string message, std::string hint = {}) {
  throw Error(ErrorKind::usage, std::move(message), std::move(hint));
}

/// "KEY=VALUE" in two; the value is absent when there is no "=".
std::pair<std::string, std::optional<std::string>> split(const std::string& word,
                                                         std::string_view option) {
  const std::size_t equals = word.find('=');
  std::string key = word.substr(0, equals);
  if (key.empty()) usage(fmt::format("{} \"{}\" has no name before the \"=\"", option, word));
  if (equals == std::string::npos) return {std::move(key), std::nullopt};
  return {std::move(key), word.substr(equals + 1)};
}

std::map<std::string, std::string> read_labels(const std::vector<std::string>& words) {
  std::map<std::string, std::string> labels;
  for (const std::string& word : words) {
    auto [key, value] = split(word, "--label");
    labels[key] = value.value_or("");
  }
  return labels;
}

/// What buildx's scopes before the key of an annotation say: "index,manifest:KEY=VALUE".
struct AnnotationScopes {
  bool is_of_index = true;
  bool is_of_manifest = true;
  std::string rest;  ///< KEY=VALUE
};

AnnotationScopes read_scopes(const std::string& word) {
  AnnotationScopes none{true, true, word};
  const std::size_t colon = word.find(':');
  if (colon == std::string::npos || word.find('=') < colon) return none;
  AnnotationScopes scopes{false, false, word.substr(colon + 1)};
  const std::string list = word.substr(0, colon);
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    const std::string scope = list.substr(start, end - start);
    if (scope == "index")
      scopes.is_of_index = true;
    else if (scope == "manifest")
      scopes.is_of_manifest = true;
    else if (scope == "index-descriptor" || scope == "manifest-descriptor" ||
             scope.starts_with("manifest[") || scope.starts_with("manifest-descriptor["))
      usage(fmt::format("--annotation \"{}\": the scope \"{}\" is not supported", word, scope),
            "Scopes are manifest and index.");
    else
      return none;  // A key may have a colon in it.
    start = end + 1;
  }
  return scopes;
}

/// One that names no scope is for all that the build makes.
void read_annotations(const std::vector<std::string>& words, builder::BuildRequest& request) {
  for (const std::string& word : words) {
    const AnnotationScopes scopes = read_scopes(word);
    auto [key, value] = split(scopes.rest, "--annotation");
    if (scopes.is_of_manifest) request.annotations[key] = value.value_or("");
    if (scopes.is_of_index) request.index_annotations[key] = value.value_or("");
  }
}

/// A name without a value takes it from the environment, or is left out when it is not set there.
std::vector<std::pair<std::string, std::string>> read_variables(
    const std::vector<std::string>& words, std::string_view option, const World& world) {
  std::vector<std::pair<std::string, std::string>> variables;
  for (const std::string& word : words) {
    auto [key, value] = split(word, option);
    if (!value) {
      const auto found = world.environment.find(key);
      if (found == world.environment.end()) continue;
      value = found->second;
    }
    variables.emplace_back(std::move(key), std::move(*value));
  }
  return variables;
}

/// Lines NAME=value; empty ones and those that begin with "#" do not count.
std::vector<std::string> read_lines(const std::string& name, const World& world) {
  std::vector<std::string> lines;
  const std::string text = read_named_file(world.directory / name, name, kMaxArgFileBytes);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

oci::Platform read_platform(const std::string& word) {
  try {
    return oci::Platform::parse(word);
  } catch (const Error& error) {
    usage(error.message(), error.hint());
  }
}

std::vector<oci::Platform> read_named_platforms(const BuildOptions& options) {
  std::vector<oci::Platform> platforms;
  for (const std::string& word : options.platforms)
    for (std::size_t start = 0; start <= word.size();) {
      const std::size_t end = std::min(word.find(',', start), word.size());
      platforms.push_back(read_platform(word.substr(start, end - start)));
      start = end + 1;
    }
  if (options.os.empty() && options.architecture.empty() && options.variant.empty())
    return platforms;
  if (!platforms.empty()) usage("--platform says all that --os, --arch and --variant say");
  return {{options.os.empty() ? "wasi" : options.os,
           options.architecture.empty() ? "wasm" : options.architecture,
           options.variant,
           "",
           {}}};
}

/// --os-version and --os-feature are for each platform, also for the usual one.
std::vector<oci::Platform> read_platforms(const BuildOptions& options) {
  std::vector<oci::Platform> platforms = read_named_platforms(options);
  if (options.os_version.empty() && options.os_features.empty()) return platforms;
  if (platforms.empty()) platforms.push_back({"wasi", "wasm", "", "", {}});
  for (oci::Platform& platform : platforms) {
    platform.os_version = options.os_version;
    platform.os_features = options.os_features;
  }
  return platforms;
}

/// The time that the command line or, where it says none, the environment gives becomes the build
/// argument SOURCE_DATE_EPOCH, as buildx does: an ARG of that name has its value.
void read_timestamp(const BuildOptions& options, const World& world,
                    builder::BuildRequest& request) {
  const std::string name(builder::kSourceDateEpoch);
  request.timestamp = options.timestamp;
  if (options.timestamp) {
    request.build_args.emplace(name, std::to_string(*options.timestamp));
    return;
  }
  const std::string text = world.env(name);
  if (!text.empty()) request.build_args.emplace(name, text);
}

std::optional<wasm::OptimizeOptions> read_optimize(const std::string& word) {
  if (word.empty()) return std::nullopt;
  const std::optional<wasm::OptimizeLevel> level = wasm::parse_optimize_level(word);
  if (!level)
    usage(fmt::format("--optimize={} is not a level", word),
          "Levels are 0 to 4, s and z, as wasm-opt's -O.");
  wasm::OptimizeOptions options;
  options.level = *level;
  return options;
}

std::string read_input() {
  FileSource input(FileDescriptor(::dup(STDIN_FILENO)), "standard input");
  return read_all(input, containerfile::kMaxSourceBytes, "standard input");
}

/// A path as the user would write it: without "./" before it.
std::string shown(const std::filesystem::path& path) { return path.lexically_normal().native(); }

/// What messages call a file of the context; a temporary directory is not the user's to know.
std::filesystem::path shown_directory(const std::filesystem::path& directory,
                                      const BuildContext& context) {
  return context.temporary && directory == context.path ? std::filesystem::path() : directory;
}

/// The first of `names` that is in `directory`, which is the context or the Containerfile's.
std::optional<builder::NamedText> find_text(const std::filesystem::path& directory,
                                            const BuildContext& context,
                                            const std::vector<std::filesystem::path>& names,
                                            std::uint64_t max_bytes, const World& world) {
  for (const std::filesystem::path& name : names) {
    const std::string text_name = shown(shown_directory(directory, context) / name);
    if (std::optional<std::string> text =
            read_found_file(world.directory / directory, name, text_name, max_bytes))
      return builder::NamedText{text_name, std::move(*text)};
  }
  return std::nullopt;
}

/// A Containerfile that was read.
struct FoundContainerfile {
  builder::NamedText text;
  std::filesystem::path directory;  ///< Where it is.
  std::filesystem::path name;       ///< In that directory; empty for standard input.
};

/// The file that --file names: as it is, else in the context.
FoundContainerfile read_named_containerfile(const std::string& file, const BuildContext& context,
                                            const World& world) {
  const std::filesystem::path path = file;
  std::error_code ignored;
  if (std::filesystem::exists(world.directory / path, ignored))
    return {{shown(path),
             read_named_file(world.directory / path, shown(path), containerfile::kMaxSourceBytes)},
            path.parent_path(),
            path.filename()};
  if (path.is_relative())
    if (auto text = find_text(context.path, context, {path}, containerfile::kMaxSourceBytes, world))
      return {std::move(*text), context.path, path};
  throw Error(ErrorKind::not_found,
              fmt::format("there is no \"{}\", neither here nor in the build context", file));
}

FoundContainerfile read_default_containerfile(const BuildContext& context, const World& world) {
  for (const char* name : {"Containerfile", "Dockerfile"})
    if (auto text = find_text(context.path, context, {name}, containerfile::kMaxSourceBytes, world))
      return {std::move(*text), context.path, name};
  throw Error(ErrorKind::not_found,
              fmt::format("there is no Containerfile or Dockerfile in \"{}\"", context.path),
              "Name another file with --file, or another directory.");
}

FoundContainerfile read_containerfile(const std::string& file, const BuildContext& context,
                                      const World& world) {
  if (file == "-") return {{"-", read_input()}, {}, {}};
  if (context.temporary && context.file == file)
    return {{"-", read_file(file, containerfile::kMaxSourceBytes)}, {}, {}};
  std::error_code ignored;
  if (!std::filesystem::is_directory(world.directory / context.path, ignored))
    throw Error(ErrorKind::not_found,
                fmt::format("the build context \"{}\" is not a directory", context.path));
  if (!file.empty()) return read_named_containerfile(file, context, world);
  return read_default_containerfile(context, world);
}

/// docker's and podman's rule: an ignore file beside the Containerfile, with its name, is for that
/// file only.
builder::NamedText read_ignore(const BuildOptions& options, const BuildContext& context,
                               const FoundContainerfile& containerfile, const World& world) {
  if (!options.ignore_file.empty())
    return {options.ignore_file, read_named_file(world.directory / options.ignore_file,
                                                 options.ignore_file, kMaxIgnoreBytes)};
  if (!containerfile.name.empty()) {
    const std::string& name = containerfile.name.native();
    if (auto text =
            find_text(containerfile.directory, context,
                      {name + ".containerignore", name + ".dockerignore"}, kMaxIgnoreBytes, world))
      return *std::move(text);
  }
  return find_text(context.path, context, {".containerignore", ".dockerignore"}, kMaxIgnoreBytes,
                   world)
      .value_or(builder::NamedText{});
}

}  // namespace

builder::BuildRequest make_request(const BuildOptions& options, const BuildContext& context,
                                   const World& world) {
  builder::BuildRequest request;
  if (options.files.size() > 1)
    usage("several Containerfiles are not put together",
          "Do it before: cat FILE FILE | modulah build --file - CONTEXT.");
  std::string file = options.files.empty() ? "" : options.files.front();
  if (file == "-" && options.context == "-")
    usage("the Containerfile and the context cannot both be standard input");
  if (file.empty() && context.file) file = *context.file;
  request.context = (world.directory / context.path).lexically_normal();
  // "." leaves a slash at the end, which would stand in messages.
  if (!request.context.has_filename() && request.context.has_relative_path())
    request.context = request.context.parent_path();
  FoundContainerfile found = read_containerfile(file, context, world);
  request.ignore = read_ignore(options, context, found, world);
  request.containerfile = std::move(found.text);
  request.target = options.target;
  std::vector<std::string> args;
  if (!options.build_arg_file.empty()) args = read_lines(options.build_arg_file, world);
  args.insert(args.end(), options.build_args.begin(), options.build_args.end());
  for (auto& [name, value] : read_variables(args, "--build-arg", world))
    request.build_args[name] = value;
  request.platforms = read_platforms(options);
  request.build_platform = world.platform;
  const std::string format = options.format.empty() ? world.env("BUILDAH_FORMAT") : options.format;
  request.format = format == "docker" ? oci::Format::docker : oci::Format::oci;
  for (const auto& [name, value] : read_variables(options.environment, "--env", world))
    request.environment.push_back(name + "=" + value);
  request.unset_environment = {options.unset_environment.begin(), options.unset_environment.end()};
  request.omits_history = options.omits_history;
  request.has_created_annotation = options.has_created_annotation;
  request.compression = options.is_uncompressed ? Compression::none : Compression::gzip;
  request.from = options.from;
  request.labels = read_labels(options.labels);
  read_annotations(options.annotations, request);
  request.unset_labels = {options.unset_labels.begin(), options.unset_labels.end()};
  request.unset_annotations = {options.unset_annotations.begin(), options.unset_annotations.end()};
  read_timestamp(options, world, request);
  request.optimize = read_optimize(options.optimize);
  request.cache = options.has_no_cache ? builder::CacheUse::no : builder::CacheUse::yes;
  request.threads = world.threads;
  return request;
}

}  // namespace modulah::cli
