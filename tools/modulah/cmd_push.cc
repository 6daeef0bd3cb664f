// modulah push: send an image to a registry, or into a layout on disk.
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/place.h"
#include "modulah/images/names.h"
#include "modulah/registry/curl_transport.h"
#include "modulah/store/step_cache.h"

#include "commands.h"
#include "open_image.h"
#include "options.h"
#include "print.h"
#include "registry_options.h"

namespace modulah::cli {

namespace {

using oci::Reference;

struct Options {
  std::string image;
  std::string destination;
  RegistryFlags registry;
  std::string digest_file;
  std::string format = "oci";
  bool is_quiet = false;
  bool is_json = false;
};

/// What was pushed, and where to.
struct Pushed {
  std::string name;  ///< Without the digest.
  image::CopyResult copied;
};

/// The name in a registry that the image goes to: the one that is given, else its own.
Reference destination_of(std::string_view given, const images::OpenedImage& image) {
  if (!given.empty()) return images::parse_name(given, Reference::Defaults::docker);
  const Reference reference = Reference::parse(image.name, Reference::Defaults::local);
  if (reference.registry == "localhost")
    throw Error(ErrorKind::usage, fmt::format("image {} has no registry in its name", image.name),
                "Name the registry: modulah push IMAGE REGISTRY/REPOSITORY[:TAG].");
  return reference;
}

/// Which repository of a registry has a blob, in small files of the store's cache.
class CachedPlaces : public registry::BlobPlaces {
 public:
  CachedPlaces(const Invocation& invocation, std::string registry)
      : cache_(invocation.store_root() / "cache" / "pushed"), registry_(std::move(registry)) {}

  std::string find(const oci::Digest& blob) override {
    return cache_.find(key_of(blob)).value_or("");
  }
  void add(const oci::Digest& blob, const std::string& repository) override {
    if (find(blob) != repository) (void)cache_.put(key_of(blob), repository);
  }

 private:
  [[nodiscard]] Sha256Bytes key_of(const oci::Digest& blob) const {
    return sha256(as_bytes(registry_ + "\n" + blob.text()));
  }

  const store::StepCache cache_;
  const std::string registry_;
};

Pushed push_to_registry(const Options& options, std::string_view given,
                        const Invocation& invocation, const images::OpenedImage& image,
                        Reporter& reporter) {
  const Reference destination = destination_of(given, image);
  if (destination.digest && *destination.digest != image.manifest.digest)
    throw Error(ErrorKind::usage,
                fmt::format("image {} has the digest {}, not the one of {}", image.name,
                            image.manifest.digest.text(), destination.text()),
                "Leave the digest out of the DESTINATION.");
  const Connection connection = connect(invocation, options.registry, destination, reporter);
  reporter.info(fmt::format("pushing {}", destination.text()));
  CachedPlaces places(invocation, destination.registry);
  registry::Repository repository(*connection.transport, destination.registry,
                                  destination.repository, registry::Intent::push,
                                  connection.options);
  repository.use_places(places);
  const image::CopyResult copied =
      registry::push_image(*image.blobs, repository, image.manifest,
                           name_in_repository(destination), {.reporter = &reporter});
  return {destination.name(), copied};
}

int run(const Options& options, const Invocation& invocation) {
  (void)invocation.stop();
  const auto place = image::parse_place(options.destination, image::PlaceUse::write);
  const bool is_remote = !place || !place->is_on_disk();
  std::optional<registry::CurlPreload> loading;
  if (is_remote) loading.emplace();
  const auto reporter = invocation.make_reporter(options.is_quiet);
  images::OpenedImage image = open_image(invocation, options.image);
  const Pushed pushed =
      is_remote
          ? push_to_registry(options, place ? place->name : options.destination, invocation, image,
                             *reporter)
          : Pushed{options.destination, images::write_to_place(*image.blobs, image.manifest, *place,
                                                               invocation.world.directory,
                                                               {.reporter = reporter.get()})};
  const std::string& digest = image.manifest.digest.text();
  if (!options.digest_file.empty())
    write_file(invocation.world.directory / options.digest_file, digest);
  if (options.is_json) {
    const nlohmann::ordered_json record = {{"name", pushed.name},
                                           {"digest", digest},
                                           {"blobs_copied", pushed.copied.blobs_copied},
                                           {"blobs_skipped", pushed.copied.blobs_skipped},
                                           {"bytes_copied", pushed.copied.bytes_copied}};
    print(json_text(record, 2) + "\n");
  } else if (!options.is_quiet) {
    print(fmt::format("{}@{}\n", pushed.name, digest));
  }
  return 0;
}

Run define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("IMAGE", options->image)->required();
  app.add_option("DESTINATION", options->destination);
  add_registry_flags(app, options->registry);
  app.add_option("--digestfile", options->digest_file, "Write the digest that was pushed to a file")
      ->option_text("FILE");
  app.add_flag("-q,--quiet", options->is_quiet, "Print nothing but warnings and errors");
  app.add_flag("--json", options->is_json, "Print a JSON record");
  app.add_option("-f,--format", options->format,
                 "How manifests are written; only oci, as they are in the store (default: oci)")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"oci"}));
  accept_silently(app,
                  {"-D,--disable-compression", "--remove-signatures", "--force-compression",
                   "--all", "--disable-content-trust"},
                  {"--compression-format", "--compression-level", "--signature-policy"});
  refuse(app, "--sign-by", "is not known here: images are not signed",
         "Sign what was pushed, by its digest, with a tool for that.");
  refuse(app, "--encryption-key", "is not known here: images are not encrypted", "");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command push_command = {
    .name = "push",
    .alias = "",
    .group = "Registries",
    .operands = "IMAGE [DESTINATION]",
    .summary = "Send an image to a registry",
    .description =
        R"(IMAGE is a name, an id, oci:DIR[:REF] or oci-archive:FILE[:REF]. DESTINATION is a
name, also written docker://NAME, or oci:DIR[:REF] or oci-archive:FILE[:REF]
(default: the image's name). What the registry has is not sent again, and the
name is set last. The name and digest that were pushed are printed.

Proxies are taken from http_proxy, https_proxy and no_proxy, or their names in
upper case; this machine is always reached directly.

Examples:
  # Send what was built to a registry of this machine
  $ modulah push app 127.0.0.1:5000/demo/app:v1

  # Write it into a file for a machine without network
  $ modulah push app oci-archive:app.tar

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
