// Looks an image up, chooses the platform, copies, and names it last.
#include "modulah/images/fetch_image.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/place.h"
#include "modulah/images/find_image.h"
#include "modulah/images/names.h"
#include "modulah/images/open_image.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::images {

namespace {

using oci::Descriptor;
using oci::Reference;

/// What is wanted of an index, the best first.
std::vector<oci::Platform> wanted_platforms(const FetchRequest& request) {
  if (request.platform) return {*request.platform};
  std::vector<oci::Platform> wanted;
  // The first is the usual one; the others are in the world, too.
  for (const char* os : {"wasi", "wasip1", "wasip2", "linux"})
    for (const char* architecture : {"wasm", "wasm32"})
      wanted.push_back({os, architecture, {}, {}, {}});
  wanted.push_back(request.host);
  return wanted;
}

std::string platforms_of(const oci::Index& index) {
  std::vector<std::string> names;
  for (const Descriptor& entry : index.manifests)
    if (entry.platform && entry.platform->os != "unknown") names.push_back(entry.platform->text());
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The manifest itself, or the entry of an index that suits us; indexes may be nested.
Descriptor choose_manifest(image::ImageStore& from, Descriptor root, const FetchRequest& request,
                           std::string_view name) {
  for (unsigned depth = 0; oci::is_index(root.media_type); ++depth) {
    if (depth == image::kMaxIndexDepth)
      throw Error(ErrorKind::invalid, fmt::format("image {} is nested deeper than {} indexes", name,
                                                  image::kMaxIndexDepth));
    const oci::Index index = oci::parse_index(oci::read_blob(from, root, oci::kMaxDocumentBytes),
                                              "index " + root.digest.text());
    const Descriptor* chosen = nullptr;
    for (const oci::Platform& wanted : wanted_platforms(request))
      if (chosen == nullptr) chosen = oci::find_platform(index, wanted);
    if (chosen == nullptr)
      throw Error(ErrorKind::not_found,
                  fmt::format("image {} is not for {}, but for {}", name,
                              wanted_platforms(request).front().text(), platforms_of(index)),
                  "Choose one of them with --platform.");
    root = *chosen;
  }
  return root;
}

/// Reads an image's configuration, so that no image gets a name that cannot be listed or run.
/// Artifacts have configurations of their own kinds, which are not ours to read.
void check_configuration(store::LayoutStore& store, const Descriptor& config) {
  if (config.media_type != oci::media_type::kOciConfig &&
      config.media_type != oci::media_type::kDockerConfig)
    return;
  (void)oci::parse_image_config(oci::read_blob(store, config, oci::kMaxDocumentBytes),
                                "configuration " + config.digest.text());
}

FetchedImage copy(image::ImageStore& from, store::LayoutStore& store, const Descriptor& root,
                  const std::string& name, const FetchRequest& request, Reporter& reporter) {
  FetchedImage fetched{name, choose_manifest(from, root, request, name), root.digest, {}};
  // What the store has may be damaged, and pulling again is how people mend it.
  fetched.copied = image::copy_image(
      from, store, fetched.manifest,
      {.threads = request.threads, .check = image::CopyCheck::deep, .reporter = &reporter});
  const oci::Manifest manifest =
      oci::parse_manifest(oci::read_blob(store, fetched.manifest, oci::kMaxDocumentBytes),
                          "manifest " + fetched.manifest.digest.text());
  fetched.id = manifest.config.digest;
  check_configuration(store, manifest.config);
  store.tag(name, fetched.manifest);
  return fetched;
}

/// The image as the store has it.
FetchedImage local_image(store::LayoutStore& store, FoundImage found, const FetchRequest& request) {
  FetchedImage image{found.name,
                     choose_manifest(store, found.manifest, request, found.name),
                     found.manifest.digest,
                     {}};
  image.id = oci::parse_manifest(oci::read_blob(store, image.manifest, oci::kMaxDocumentBytes),
                                 "manifest " + image.manifest.digest.text())
                 .config.digest;
  return image;
}

/// What an image from a layout is called in the store: its name there, when that is a whole one,
/// else by the layout's file; empty when neither is a name.
std::string local_name(const image::Place& place) {
  std::string text = place.name;
  if (text.find_first_of("/:") == std::string::npos) {
    const std::filesystem::path file = std::filesystem::path(place.path).lexically_normal();
    const std::string stem = (file.has_filename() ? file : file.parent_path()).stem().native();
    text = stem + (text.empty() ? "" : ":" + text);
  }
  try {
    return Reference::parse(text, Reference::Defaults::local).text();
  } catch (const Error&) {
    return {};
  }
}

FetchedImage fetch_from_registry(store::LayoutStore& store, const Reference& reference,
                                 const std::optional<FoundImage>& found,
                                 const FetchRequest& request, Registries& registries,
                                 Reporter& reporter) {
  const std::unique_ptr<image::ImageStore> repository = registries.open(reference);
  const std::string name = reference.text();
  reporter.info(fmt::format("pulling {}", name));
  // Of a tag and a digest the digest counts: it says which image, whatever the tag has become.
  const auto root =
      repository->resolve(reference.digest ? reference.digest->text() : reference.tag);
  if (!root)
    throw Error(ErrorKind::not_found,
                fmt::format("registry {} has no image {}", reference.registry, name));
  if (found && found->manifest.digest == root->digest) return local_image(store, *found, request);
  return with_context([&] { return fmt::format("image {}", name); },
                      [&] { return copy(*repository, store, *root, name, request, reporter); });
}

}  // namespace

PullPolicy parse_pull_policy(std::string_view text, std::string_view option) {
  struct Word {
    std::string_view text;
    PullPolicy policy;
  };
  constexpr std::array kWords = {
      Word{"missing", PullPolicy::missing},   Word{"newer", PullPolicy::newer},
      Word{"always", PullPolicy::always},     Word{"never", PullPolicy::never},
      Word{"ifmissing", PullPolicy::missing}, Word{"ifnewer", PullPolicy::newer},
      Word{"true", PullPolicy::always},       Word{"false", PullPolicy::never}};
  for (const Word& word : kWords)
    if (word.text == text) return word.policy;
  throw Error(ErrorKind::usage,
              fmt::format("{} \"{}\" is none of missing, newer, always, never", option, text));
}

FetchedImage fetch_image(store::LayoutStore& store, std::string_view word,
                         const FetchRequest& request, Registries& registries, Reporter& reporter) {
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && place->is_on_disk()) {
    const OpenedImage opened = open_place(*place, request.directory, word);
    return copy(*opened.blobs, store, opened.manifest, local_name(*place), request, reporter);
  }
  if (place) word = place->name;
  if (request.policy == PullPolicy::never)
    return local_image(store, require_image(store, word), request);
  std::optional<FoundImage> found;
  if (request.policy != PullPolicy::always) found = find_image(store, word);
  // "newer" than what was built here is nothing: no registry has it.
  const bool is_own = found && found->is_by_name && found->name.starts_with("localhost/");
  if (found && (request.policy == PullPolicy::missing || is_own))
    return local_image(store, *found, request);
  // An image that is known by one of its names is asked for under that name.
  const Reference reference = found && found->is_by_name
                                  ? Reference::parse(found->name, Reference::Defaults::local)
                                  : parse_name(word, Reference::Defaults::docker);
  try {
    return fetch_from_registry(store, reference, found, request, registries, reporter);
  } catch (const Error& error) {
    // "newer" is content with what there is, when the registry cannot be asked.
    if (!found || error.kind() == ErrorKind::cancelled) throw;
    reporter.warning(fmt::format("{}; the image in the store is taken", error.message()));
    return local_image(store, *found, request);
  }
}

}  // namespace modulah::images
