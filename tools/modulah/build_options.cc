// From words on the command line to a BuildRequest, by buildah's names and rules.
#include "build_options.h"

#include <array>
#include <charconv>
#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/containerfile/parser.h"
#include "modulah/images/names.h"
#include "modulah/wasm/optimizer.h"

#include "options.h"

namespace modulah::cli {

namespace {

constexpr std::uint64_t kMaxIgnoreBytes = 1 << 20;
constexpr std::uint64_t kMaxArgFileBytes = 1 << 20;

/// What scripts give to buildah, podman and docker, and what has no meaning for a build without
/// containers, networks and base images.
constexpr const char* kIgnoredFlags[] = {"--all-platforms",
                                         "--compress",
                                         "--disable-compression",
                                         "-D",
                                         "--force-rm",
                                         "--layers",
                                         "--no-hostname",
                                         "--no-hosts",
                                         "--compat-volumes",
                                         "--logsplit",
                                         "--pull-always",
                                         "--pull-never",
                                         "--rm",
                                         "--skip-unused-stages",
                                         "--stdin",
                                         "--disable-content-trust",
                                         "--tls-verify",
                                         "--created-annotation",
                                         "--identity-label",
                                         "--inherit-labels",
                                         "--inherit-annotations",
                                         "--save-stages",
                                         "--rewrite-timestamp",
                                         "--load",
                                         "--pull"};
constexpr const char* kIgnoredOptions[] = {"--add-host",
                                           "--builder",
                                           "--authfile",
                                           "--cache-from",
                                           "--cache-to",
                                           "--cache-ttl",
                                           "--cap-add",
                                           "--cap-drop",
                                           "--cert-dir",
                                           "--cgroup-parent",
                                           "--cgroupns",
                                           "--cpu-period",
                                           "--cpu-quota",
                                           "--cpu-shares",
                                           "--cpuset-cpus",
                                           "--cpuset-mems",
                                           "--creds",
                                           "--device",
                                           "--dns",
                                           "--dns-option",
                                           "--dns-search",
                                           "--group-add",
                                           "--hooks-dir",
                                           "--http-proxy",
                                           "--ipc",
                                           "--isolation",
                                           "--jobs",
                                           "--memory",
                                           "--memory-swap",
                                           "--network",
                                           "--pid",
                                           "--progress",
                                           "--retry",
                                           "--retry-delay",
                                           "--runtime",
                                           "--runtime-flag",
                                           "--secret",
                                           "--security-opt",
                                           "--shm-size",
                                           "--ssh",
                                           "--ulimit",
                                           "--userns",
                                           "--uts",
                                           "--volume",
                                           "--cpp-flag",
                                           "--decryption-key",
                                           "--userns-gid-map",
                                           "--userns-gid-map-group",
                                           "--userns-uid-map",
                                           "--userns-uid-map-user",
                                           "--signature-policy"};

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

/// buildx's scopes "manifest:" and "index:" may stand before the key.
void read_annotations(const std::vector<std::string>& words, builder::BuildRequest& request) {
  for (const std::string& word : words) {
    std::string rest = word;
    bool is_of_index = false;
    bool is_of_manifest = true;
    const std::size_t colon = word.find(':');
    const std::string scopes = word.substr(0, colon == std::string::npos ? 0 : colon);
    if (scopes == "index" || scopes == "manifest" || scopes == "index,manifest" ||
        scopes == "manifest,index") {
      is_of_index = scopes.find("index") != std::string::npos;
      is_of_manifest = scopes.find("manifest") != std::string::npos;
      rest = word.substr(colon + 1);
    }
    auto [key, value] = split(rest, "--annotation");
    if (is_of_manifest) request.annotations[key] = value.value_or("");
    // One that says no scope is for all that the build makes.
    if (is_of_index || scopes.empty() || rest == word)
      request.index_annotations[key] = value.value_or("");
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
std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  const std::string text = read_file(path, kMaxArgFileBytes);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string line = text.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(std::move(line));
    start = end + 1;
  }
  return lines;
}

std::vector<oci::Platform> read_platforms(const BuildOptions& options) {
  std::vector<oci::Platform> platforms;
  for (const std::string& word : options.platforms)
    for (std::size_t start = 0; start <= word.size();) {
      const std::size_t end = std::min(word.find(',', start), word.size());
      platforms.push_back(oci::Platform::parse(word.substr(start, end - start)));
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
    usage(fmt::format("--optimize={} is no level", word),
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

/// Where the Containerfile is: --file as it is or in the context, else the context's Containerfile
/// or Dockerfile.
std::filesystem::path find_containerfile(const std::string& file, const std::string& directory,
                                         const World& world) {
  const std::filesystem::path context = directory;
  std::vector<std::filesystem::path> candidates = {context / "Containerfile",
                                                   context / "Dockerfile"};
  if (!file.empty()) candidates = {file, context / file};
  std::error_code ignored;
  for (const std::filesystem::path& candidate : candidates)
    if (std::filesystem::exists(world.directory / candidate, ignored)) return candidate;
  const bool is_context_there = std::filesystem::is_directory(world.directory / context, ignored);
  if (!is_context_there)
    throw Error(ErrorKind::not_found,
                fmt::format("the build context \"{}\" is not a directory", directory));
  if (!file.empty())
    throw Error(ErrorKind::not_found,
                fmt::format("there is no \"{}\", neither here nor in the build context", file));
  throw Error(ErrorKind::not_found,
              fmt::format("there is no Containerfile or Dockerfile in \"{}\"", directory),
              "Name another file with --file, or another directory.");
}

builder::NamedText read_ignore(const BuildOptions& options, const std::filesystem::path& context,
                               const World& world, const std::filesystem::path& containerfile) {
  std::vector<std::filesystem::path> candidates = {context / ".containerignore",
                                                   context / ".dockerignore"};
  if (!containerfile.empty()) {
    // docker's and podman's rule: one beside the file, with its name, is for that file only.
    candidates.insert(candidates.begin(), containerfile.native() + ".dockerignore");
    candidates.insert(candidates.begin(), containerfile.native() + ".containerignore");
  }
  if (!options.ignore_file.empty()) {
    return {options.ignore_file, read_file(world.directory / options.ignore_file, kMaxIgnoreBytes)};
  }
  for (const std::filesystem::path& candidate : candidates)
    if (std::optional<std::string> text =
            read_file_if_exists(world.directory / candidate, kMaxIgnoreBytes))
      return {shown(candidate), std::move(*text)};
  return {};
}

}  // namespace

void add_containerfile_options(CLI::App& app, BuildOptions& options) {
  add_list(app, "-f,--file", options.files,
           "Read this Containerfile; - is standard input (default: Containerfile or Dockerfile in "
           "the context)")
      ->option_text("FILE");
  add_list(app, "--build-arg", options.build_args,
           "Give an ARG a value; without one, the environment's")
      ->option_text("NAME[=VALUE]");
  app.add_option("--build-arg-file", options.build_arg_file,
                 "Read lines NAME=VALUE for --build-arg")
      ->option_text("FILE");
  app.add_option("--ignorefile", options.ignore_file,
                 "Read this ignore file (default: .containerignore or .dockerignore)")
      ->option_text("FILE");
  add_list(app, "--platform", options.platforms,
           "Make the image for OS/ARCH[/VARIANT]; several make an index (default: wasi/wasm)")
      ->option_text("PLATFORM");
  app.add_option("--target", options.target, "Build this stage (default: the last one)")
      ->option_text("STAGE");
}

void add_build_options(CLI::App& app, BuildOptions& options) {
  app.add_option("context", options.context, "The directory that COPY takes files from");
  add_containerfile_options(app, options);
  app.add_option("-t,--tag", options.tags,
                 "Name the image, or put it to oci:DIR[:REF] or oci-archive:FILE; may be repeated")
      ->option_text("NAME")
      ->allow_extra_args(false);
  add_list(app, "--annotation", options.annotations,
           "Set an annotation of the manifest, and of the index where there is one")
      ->option_text("KEY=VALUE");
  add_list(app, "--env", options.environment, "Set a variable of the image's environment")
      ->option_text("NAME[=VALUE]");
  app.add_option("--format", options.format,
                 "Make a manifest of this kind: oci or docker (default: oci)")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"oci", "docker"}));
  app.add_option("--iidfile", options.iid_file, "Write the image's id to a file")
      ->option_text("FILE");
  app.add_option("--metadata-file", options.metadata_file,
                 "Write a JSON record of the image, with buildx's keys, to a file")
      ->option_text("FILE");
  app.add_flag("--json", options.is_json, "Print a JSON record of what was built");
  add_list(app, "--label", options.labels, "Set a label of the configuration")
      ->option_text("KEY=VALUE");
  app.add_flag("--no-cache", options.has_no_cache, "Make all layers anew");
  app.add_flag("--omit-history", options.omits_history, "Leave the history out");
  app.add_flag("--squash,--squash-all", options.is_squashed)->group("");
  for (const char* name : {"--attest", "--provenance", "--sbom"})
    app.add_option_function<std::vector<std::string>>(
           name,
           [&options, name](const std::vector<std::string>& values) {
             for (const std::string& value : values)
               if (value != "false" && value != "0") options.attestations.insert(name);
           })
        ->allow_extra_args(false)
        ->group("");
  app.add_flag("--optimize{2}", options.optimize,
               "Optimize modules with Binaryen: 0 to 4, s or z (default: 2)")
      ->option_text("[=LEVEL]");
  app.add_option("--optimize-timeout", options.optimize_timeout,
                 "Limit the time to optimize a module, e.g. 10m (default: 2m; 0: no limit)")
      ->option_text("TIME");
  app.add_option("--optimize-memory", options.optimize_memory,
                 "Limit the memory to optimize a module, e.g. 2g (default: 8g; 0: no limit)")
      ->option_text("SIZE");
  app.add_option("--os", options.os, "Make the image for this operating system")->option_text("OS");
  app.add_option("--arch", options.architecture, "Make the image for this architecture")
      ->option_text("ARCH");
  app.add_option("--variant", options.variant,
                 "Make the image for this variant of the architecture")
      ->option_text("VARIANT");
  app.add_flag("-q,--quiet", options.is_quiet, "Print the image's id only");
  app.add_option("--timestamp,--source-date-epoch", options.timestamp,
                 "Set all times in the image to this, in seconds since 1970 (default: "
                 "$SOURCE_DATE_EPOCH, else 0)")
      ->option_text("SECONDS");
  add_list(app, "--unsetannotation", options.unset_annotations, "Leave an annotation out")
      ->option_text("KEY");
  add_list(app, "--unsetenv", options.unset_environment, "Leave a variable out")
      ->option_text("NAME");
  add_list(app, "--unsetlabel", options.unset_labels, "Leave a label out")->option_text("KEY");
  // Without a variable to be set, a flag takes any value: --pull=always, --tls-verify=false.
  for (const char* name : kIgnoredFlags) app.add_flag(name)->group("");
  for (const char* name : kIgnoredOptions)
    app.add_option_function<std::vector<std::string>>(name, [](const std::vector<std::string>&) {})
        ->allow_extra_args(false)
        ->group("");
  refuse(app, "-o,--output", "is not known here",
         "An image goes to a directory or file by --tag oci:DIR or --tag oci-archive:FILE.");
  refuse(app, "--manifest", "is not known here",
         "Several --platform make an index, which --tag names.");
  for (const char* name : {"--build-context", "--from"})
    refuse(app, name, "is not known here",
           "An image begins with FROM scratch, and has one context.");
  for (const char* name :
       {"--sbom-output", "--sbom-purl-output", "--sbom-image-output", "--sbom-image-purl-output",
        "--sbom-scanner-command", "--sbom-scanner-image", "--sbom-merge-strategy"})
    refuse(app, name, "is not known here", "A bill of materials is not made.");
  refuse(app, "--cw", "is not known here", "Images for confidential computing are not made.");
  refuse(app, "--layer-label", "is not known here", "An image in the store has its labels only.");
  refuse(app, "--logfile", "is not known here", "Messages go to standard error: 2>FILE.");
  for (const char* name : {"--os-feature", "--os-version"})
    refuse(app, name, "is not known here", "Windows has these, and Wasm has not.");
  refuse(app, "--sign-by", "is not known here", "Images are not signed.");
  refuse(app, "--push", "is not known here", "Run 'modulah push NAME' afterwards.");
}

std::vector<BuildTag> parse_tags(const std::vector<std::string>& words) {
  std::vector<BuildTag> tags;
  for (const std::string& word : words) {
    std::optional<image::Place> place = image::parse_place(word, image::PlaceUse::write);
    if (place && place->is_on_disk()) {
      tags.push_back({std::nullopt, std::move(place)});
      continue;
    }
    oci::Reference name =
        images::parse_name(place ? place->name : word, oci::Reference::Defaults::local);
    if (name.digest)
      throw Error(ErrorKind::usage,
                  fmt::format("\"{}\" has a digest, which an image gets from what is in it", word),
                  "Give a name with a tag, e.g. app:v1.");
    tags.push_back({std::move(name), std::nullopt});
  }
  return tags;
}

builder::BuildRequest make_request(const BuildOptions& options, const BuildContext& context,
                                   const World& world) {
  builder::BuildRequest request;
  if (options.files.size() > 1)
    throw Error(ErrorKind::unsupported, "several Containerfiles are not put together",
                "Do it before: cat FILE FILE | modulah build --file - CONTEXT.");
  std::string file = options.files.empty() ? "" : options.files.front();
  if (file == "-" && options.context == "-")
    usage("the Containerfile and the context cannot both be standard input");
  if (file.empty() && context.file) file = *context.file;
  request.context = (world.directory / context.path).lexically_normal();
  // "." leaves a slash at the end, which would stand in messages.
  if (!request.context.has_filename() && request.context.has_relative_path())
    request.context = request.context.parent_path();
  std::filesystem::path path;
  if (file == "-") {
    request.containerfile = {"-", read_input()};
  } else {
    path = find_containerfile(file, context.path, world);
    const bool is_input = context.temporary && context.file == path.native();
    request.containerfile = {is_input ? "-" : shown(path),
                             read_file(world.directory / path, containerfile::kMaxSourceBytes)};
  }
  request.ignore = read_ignore(options, context.path, world, path);
  request.target = options.target;
  std::vector<std::string> args;
  if (!options.build_arg_file.empty()) args = read_lines(world.directory / options.build_arg_file);
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
