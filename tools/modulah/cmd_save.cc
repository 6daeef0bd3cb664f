// modulah save: write images of the store to an archive.
#include <array>
#include <memory>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/images/find_image.h"
#include "modulah/images/names.h"
#include "modulah/images/platforms.h"
#include "modulah/images/write_place.h"

#include "commands.h"
#include "open_image.h"
#include "options.h"
#include "print.h"

namespace modulah::cli {

namespace {

using image::PlaceKind;

struct Options {
  std::vector<std::string> images;
  std::string output;
  std::string format = "docker-archive";
  std::string platform;
  bool is_quiet = false;
};

struct Format {
  std::string_view name;
  PlaceKind kind;
};
constexpr std::array kFormats = {Format{"docker-archive", PlaceKind::docker_archive},
                                 Format{"oci-archive", PlaceKind::oci_archive},
                                 Format{"docker-dir", PlaceKind::docker_directory},
                                 Format{"oci-dir", PlaceKind::oci_directory}};

PlaceKind kind_of(const std::string& name) {
  for (const Format& format : kFormats)
    if (format.name == name) return format.kind;
  throw Error(ErrorKind::usage, fmt::format("--format \"{}\" is not supported", name),
              "Formats are docker-archive, oci-archive, docker-dir and oci-dir.");
}

/// An image and the names that were given for it.
struct Wanted {
  oci::Descriptor root;
  std::vector<std::string> names;
};

/// Each image once, with all names that it was asked for by.
std::vector<Wanted> find_all(store::LayoutStore& store, const Options& options) {
  std::optional<oci::Platform> platform;
  if (!options.platform.empty()) platform = images::parse_platform(options.platform, "--platform");
  std::vector<Wanted> all;
  for (const std::string& word : options.images) {
    const images::FoundImage found = images::require_image(store, word);
    const oci::Descriptor root = images::narrow_to(store, found.manifest, platform, found.name);
    Wanted* wanted = nullptr;
    for (Wanted& known : all)
      if (known.root.digest == root.digest) wanted = &known;
    if (wanted == nullptr) wanted = &all.emplace_back(Wanted{root, {}});
    if (found.by == images::FoundBy::name) wanted->names.push_back(found.name);
  }
  return all;
}

void check_options(const Options& options, PlaceKind kind, const Invocation& invocation) {
  const bool is_archive = kind == PlaceKind::docker_archive || kind == PlaceKind::oci_archive;
  if (!image::row_of(kind).holds_several && options.images.size() > 1)
    throw Error(ErrorKind::usage, fmt::format("--format {} holds one image", options.format),
                "Save each image to a directory of its own, or choose another format.");
  if (!options.output.empty()) return;
  if (!is_archive)
    throw Error(ErrorKind::usage, fmt::format("--format {} needs --output DIR", options.format));
  if (invocation.world.is_output_terminal)
    throw Error(ErrorKind::usage, "an archive is not written to a terminal",
                "Name a file with --output FILE, or redirect standard output.");
}

void print_file(const std::filesystem::path& path) {
  FileSource file(path);
  std::vector<std::byte> buffer(std::size_t{1} << 16);
  while (const std::size_t count = file.read(buffer))
    print(as_text(std::span(buffer).first(count)));
}

int run(const Options& options, const Invocation& invocation) {
  const PlaceKind kind = kind_of(options.format);
  check_options(options, kind, invocation);
  const std::stop_token stop = invocation.stop();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  store.hold_blobs();
  const std::vector<Wanted> all = find_all(store, options);
  std::unique_ptr<TempDir> temporary;
  std::string path = options.output;
  if (path.empty()) {
    temporary = std::make_unique<TempDir>(surroundings_of(invocation).temporary_directory);
    path = (temporary->path() / "archive").native();
  }
  const auto writer =
      images::make_place_writer({kind, std::move(path), {}}, invocation.world.directory);
  for (const Wanted& wanted : all)
    (void)writer->add(store, wanted.root, wanted.names, {.reporter = reporter.get(), .stop = stop});
  writer->commit();
  if (temporary) print_file(temporary->path() / "archive");
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->images)->required();
  app.add_option("--format", options->format,
                 "Write docker-archive, oci-archive, docker-dir or oci-dir (default: "
                 "docker-archive)")
      ->option_text("FORMAT");
  app.add_option("-o,--output", options->output,
                 "Write to this file or directory (default: standard output)")
      ->option_text("FILE");
  app.add_option("--platform", options->platform,
                 "Save this platform of a multi-platform image (default: all; in a docker-archive "
                 "the one for Wasm)")
      ->option_text("OS/ARCH[/VARIANT]");
  app.add_flag("-q,--quiet", options->is_quiet, "Print only warnings and errors");
  // Archives take several images anyway, and layers of directories are compressed as they are.
  accept_silently(app, {"-m,--multi-image-archive", "--compress"}, {"--signature-policy"});
  refuse(app, "--uncompressed", "is not supported",
         "Layers of a docker-archive are uncompressed; others are as they are in the store.");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command save_command = {
    .name = "save",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE...",
    .summary = "Save images to an archive",
    .description =
        R"(IMAGE is a name or an id of the store; what is given by a name has it in the
archive. docker-archive is what docker and podman load by default; it has no place
for annotations, and only one platform of an image. oci-archive and oci-dir hold
images as they are, docker-dir (skopeo's dir:) one image as it is. The same images
give the same bytes.

Examples:
  # For 'docker load' or 'podman load' on another machine
  $ modulah save --output app.tar demo/app:v1

  # Two images as they are, compressed on the way
  $ modulah save --format oci-archive app base | zstd > images.tar.zst

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
