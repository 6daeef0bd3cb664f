// modulah pull: copy an image from a registry or a place on disk into the store.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/image/place.h"
#include "modulah/images/names.h"

#include "commands.h"
#include "options.h"
#include "platform_options.h"
#include "print.h"
#include "remote_images.h"

namespace modulah::cli {

namespace {

struct Options {
  std::vector<std::string> images;
  RegistryFlags registry;
  std::string policy = "always";
  PlatformFlags platform;
  bool has_all_tags = false;
  bool is_quiet = false;
  bool is_json = false;
};

/// The operand of --all-tags.
oci::Reference repository_of(const std::string& word) {
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && place->is_on_disk())
    throw Error(ErrorKind::usage, fmt::format("--all-tags is for registries, not for {}", word),
                fmt::format("Run 'modulah load --input {}' for all images in it.", place->path));
  const std::string& name = place ? place->name : word;
  const oci::Reference reference = images::parse_name(name, oci::Reference::Defaults::docker);
  // A colon after the last slash begins a tag.
  const bool has_tag = name.find(':', name.rfind('/') + 1) != std::string::npos;
  if (has_tag || reference.digest)
    throw Error(ErrorKind::usage, fmt::format("--all-tags: \"{}\" has a tag", word),
                "Name the repository only.");
  return reference;
}

nlohmann::ordered_json to_record(const images::FetchedImage& pulled) {
  return {{"name", pulled.name},
          {"id", pulled.id.text()},
          {"digest", pulled.manifest.digest.text()},
          {"blobs_copied", pulled.copied.blobs_copied},
          {"blobs_skipped", pulled.copied.blobs_skipped},
          {"bytes_copied", pulled.copied.bytes_copied}};
}

int run(const Options& options, const Invocation& invocation) {
  images::FetchRequest request = fetch_request(invocation);
  request.policy = images::parse_pull_policy(options.policy, "--policy");
  request.platform = platform_of(options.platform);
  const std::stop_token stop = invocation.stop();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  store::LayoutStore store(invocation.store_root(), store::Access::write, store::Role::store,
                           invocation.store_options(*reporter, stop));
  RemoteImages remote(invocation, options.registry, *reporter);
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (const std::string& image : options.images) {
    const std::vector<images::FetchedImage> fetched =
        options.has_all_tags
            ? images::fetch_all_tags(store, repository_of(image), request, remote, *reporter)
            : std::vector{images::fetch_image(store, image, request, remote, *reporter)};
    for (const images::FetchedImage& pulled : fetched) {
      if (options.is_json)
        records.push_back(to_record(pulled));
      else
        print(fmt::format("{}\n", pulled.id.hex()));
    }
  }
  if (options.is_json) print(json_text(records, 2) + "\n");
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->images)->required();
  add_registry_flags(app, options->registry);
  add_platform_flags(app, options->platform,
                     "Take this platform of an image for several (default: wasi/wasm, else linux "
                     "on this CPU)");
  app.add_option("--policy", options->policy,
                 "When to pull: always, missing, newer or never (default: always)")
      ->option_text("WHEN");
  app.add_flag("-a,--all-tags", options->has_all_tags, "Pull all tags of the repository");
  app.add_flag("-q,--quiet", options->is_quiet, "Print only the id, warnings and errors");
  app.add_flag("--json", options->is_json, "Print a JSON array of records");
  accept_silently(app, {"--disable-content-trust", "--remove-signatures", "--removesignatures"},
                  {"--signature-policy"});
  refuse(app, "--decryption-key", "is not supported: images cannot be decrypted", "");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command pull_command = {
    .name = "pull",
    .alias = "",
    .group = "Registries",
    .operands = "IMAGE...",
    .summary = "Pull an image from a registry",
    .description =
        R"(IMAGE is a name; one without a registry is pulled from docker.io. It may also be a
place on disk: oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME]
or dir:DIR. One platform of a multi-platform image is pulled. All bytes are
verified as they arrive, and the name is set last: an interrupted pull changes
nothing, and the next one resumes it. The image's id is printed.

Proxies are taken from http_proxy, https_proxy and no_proxy, or the same names in
upper case; loopback addresses are always reached directly.

Examples:
  # Pull an image from a registry on this machine
  $ modulah pull 127.0.0.1:5000/demo/app:v1

  # Only if it is missing, for another platform
  $ modulah pull --policy missing --platform linux/arm64 registry.example.com/app

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
