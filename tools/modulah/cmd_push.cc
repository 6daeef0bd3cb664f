// modulah push: copy an image to a registry or to a place on disk.
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/image/place.h"
#include "modulah/images/names.h"
#include "modulah/images/platforms.h"
#include "modulah/images/write_place.h"
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
  std::string platform;
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
    throw Error(ErrorKind::usage, fmt::format("the name of image {} has no registry", image.name),
                "Give the destination: modulah push IMAGE REGISTRY/REPOSITORY[:TAG].");
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
                fmt::format("image {} has the digest {}, not that of {}", image.name,
                            image.manifest.digest.text(), destination.text()),
                "Leave out the digest in DESTINATION.");
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
  if (copied.blobs_copied == 0)
    reporter.info(fmt::format("{} is already there", destination.text()));
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
  if (!options.platform.empty())
    image.manifest =
        images::narrow_to(*image.blobs, image.manifest,
                          images::parse_platform(options.platform, "--platform"), image.name);
  const Pushed pushed =
      is_remote ? push_to_registry(options, place ? place->name : options.destination, invocation,
                                   image, *reporter)
                : Pushed{options.destination,
                         images::write_to_place(*image.blobs, image.manifest, image.names, *place,
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
                 "The format of manifests: oci, as they are in the store (default: oci)")
      ->option_text("FORMAT")
      ->check(CLI::IsMember({"oci"}));
  app.add_option("--platform", options->platform,
                 "Push this platform of a multi-platform image (default: all)")
      ->option_text("OS/ARCH[/VARIANT]");
  app.add_option_function<std::string>(
         "--compression-format",
         [](const std::string& format) {
           if (format == "gzip") return;  // What layers have that were built here.
           throw Error(ErrorKind::usage,
                       fmt::format("--compression-format \"{}\" is not supported", format),
                       "Layers are pushed as they are in the store.");
         })
      ->group("");
  accept_silently(app, {"--remove-signatures", "--all", "--disable-content-trust"},
                  {"--signature-policy"});
  for (const char* name :
       {"-D,--disable-compression", "--force-compression", "--compression-level"})
    refuse(app, name, "is not supported", "Layers are pushed as they are in the store.");
  refuse(app, "--sign-by", "is not supported: images are not signed",
         "Sign the pushed digest with another tool, e.g. cosign.");
  refuse(app, "--encryption-key", "is not supported: images cannot be encrypted", "");
  return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace

const Command push_command = {
    .name = "push",
    .alias = "",
    .group = "Registries",
    .operands = "IMAGE [DESTINATION]",
    .summary = "Push an image to a registry",
    .description =
        R"(IMAGE is a name, an id or a place on disk. DESTINATION is a name, also written
docker://NAME, or a place on disk: oci:DIR[:NAME], oci-archive:FILE[:NAME],
docker-archive:FILE[:NAME] or dir:DIR (default: the image's name). Blobs that the
registry already has are not sent again, and the name is set last. The name and
digest that were pushed are printed.

Proxies are taken from http_proxy, https_proxy and no_proxy, or the same names in
upper case; loopback addresses are always reached directly.

Examples:
  # Push an image to a registry on this machine
  $ modulah push app 127.0.0.1:5000/demo/app:v1

  # Write it to a file for a machine without a network
  $ modulah push app oci-archive:app.tar

Exit status:
  0 on success, 1 when it fails, 2 when the command line is wrong.)",
    .define = define,
};

}  // namespace modulah::cli
