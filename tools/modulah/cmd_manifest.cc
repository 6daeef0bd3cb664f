// modulah manifest inspect: the manifest or index of an image, here or in a registry.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/json.h"
#include "modulah/images/find_image.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/nesting.h"

#include "commands.h"
#include "open_image.h"
#include "options.h"
#include "print.h"
#include "registry_options.h"
#include "remote_images.h"

namespace modulah::cli {

namespace {

struct Options {
  std::string image;
  RegistryFlags registry;
  bool is_raw = false;
};

void print_manifest(images::OpenedImage& image, const Options& options) {
  const std::string text = oci::read_blob(*image.blobs, image.manifest, oci::kMaxDocumentBytes);
  if (options.is_raw) return print(text);
  const std::string what = "manifest " + image.manifest.digest.text();
  oci::check_nesting(text, what);
  const auto json = parse_json<nlohmann::ordered_json>(text);
  if (json.is_discarded())
    throw Error(ErrorKind::invalid, fmt::format("{} is not JSON", what),
                "Print it as it is with --raw.");
  print(json_text(json, 4) + "\n");
}

/// Whether the image has to be looked for in a registry: it says so, or the store does not have it.
bool is_remote(const Options& options, const Invocation& invocation) {
  if (const auto place = image::parse_place(options.image, image::PlaceUse::read))
    return !place->is_on_disk();
  store::LayoutStore store(invocation.store_root(), store::Access::read);
  const std::size_t slash = options.image.find('/');
  // As with 'modulah run', only a name with its registry is looked for elsewhere.
  const bool names_registry =
      slash != std::string::npos &&
      options.image.substr(0, slash).find_first_of(".:") != std::string::npos;
  return names_registry && !images::find_image(store, options.image);
}

int run(const Options& options, const Invocation& invocation) {
  (void)invocation.stop();
  const auto reporter = invocation.make_reporter();
  if (is_remote(options, invocation)) {
    const auto place = image::parse_place(options.image, image::PlaceUse::read);
    RemoteImage opened =
        open_remote(invocation, place ? place->name : options.image, options.registry, *reporter);
    print_manifest(opened.image, options);
  } else {
    images::OpenedImage image = open_image(invocation, options.image);
    print_manifest(image, options);
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  add_registry_flags(app, options->registry);
  app.add_flag("--raw", options->is_raw, "Print it byte for byte, as it is stored");
  accept_silently(app, {"-v,--verbose"}, {});
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command manifest_inspect_command = {
    .name = "manifest inspect",
    .alias = "",
    .group = "Images",
    .operands = "IMAGE",
    .summary = "Show the manifest or index of an image",
    .description =
        R"(IMAGE is a name, an id, a place on disk, or docker://NAME for an image of a
registry. A name with its registry that the store does not have is looked for
there, too; nothing is pulled.

Examples:
  # Which platforms does an image have?
  $ modulah manifest inspect docker://alpine | jq '.manifests[].platform'

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
