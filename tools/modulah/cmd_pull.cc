// modulah pull: get an image from a registry or a layout into the store.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

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
  bool is_quiet = false;
  bool is_json = false;
};

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
  (void)invocation.stop();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  store::LayoutStore store(invocation.store_root(), store::Access::write);
  RemoteImages remote(invocation, options.registry, *reporter);
  nlohmann::ordered_json records = nlohmann::ordered_json::array();
  for (const std::string& image : options.images) {
    const images::FetchedImage pulled =
        images::fetch_image(store, image, request, remote, *reporter);
    if (options.is_json)
      records.push_back(to_record(pulled));
    else
      print(fmt::format("{}\n", pulled.id.hex()));
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
                 "Ask the registry always, or when the image is missing, newer there, or never "
                 "(default: always)")
      ->option_text("WHEN");
  app.add_flag("-q,--quiet", options->is_quiet, "Say only warnings and errors");
  app.add_flag("--json", options->is_json, "Print a JSON array of records");
  accept_silently(app, {"--disable-content-trust", "--remove-signatures", "--removesignatures"},
                  {"--signature-policy"});
  refuse(app, "-a,--all-tags", "is not known here", "Name the tags one by one.");
  refuse(app, "--decryption-key", "is not known here: no image is decrypted", "");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command pull_command = {
    .name = "pull",
    .alias = "",
    .group = "Registries",
    .operands = "IMAGE...",
    .summary = "Get an image from a registry",
    .description =
        R"(IMAGE is a name, one without a registry is of docker.io; or oci:DIR[:REF] or
oci-archive:FILE[:REF]. Of an image for several platforms one is taken. All bytes
are checked while they arrive, and the name is set last: a pull that was broken
off changes nothing, and goes on where it was when it is done again. The image's
id is printed.

Proxies are taken from http_proxy, https_proxy and no_proxy, or their names in
upper case; this machine is always reached directly.

Examples:
  # Get an image from a registry of this machine
  $ modulah pull 127.0.0.1:5000/demo/app:v1

  # Only if it is not there, for another platform
  $ modulah pull --policy missing --platform linux/arm64 registry.example.com/app

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
