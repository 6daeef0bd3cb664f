// Looks an image up, chooses the platform, copies, and names it last.
#include "modulah/images/fetch_image.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/docker_archive.h"
#include "modulah/image/place.h"
#include "modulah/images/find_image.h"
#include "modulah/images/names.h"
#include "modulah/images/open_image.h"
#include "modulah/images/platforms.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

#include "compress_layers.h"

namespace modulah::images {

namespace {

using oci::Descriptor;
using oci::Digest;
using oci::Reference;

constexpr unsigned kThreads = 4;  ///< Blobs in flight at once when images are loaded.

/// Reads an image's configuration, so that no image gets a name that cannot be listed or run.
/// Artifacts have configurations of their own kinds, which are not ours to read.
void check_configuration(store::LayoutStore& store, const Descriptor& config) {
  if (config.media_type != oci::media_type::kOciConfig &&
      config.media_type != oci::media_type::kDockerConfig)
    return;
  (void)oci::parse_image_config(oci::read_blob(store, config, oci::kMaxDocumentBytes),
                                "configuration " + config.digest.text());
}

/// Copies an image into the store. What the store has may be damaged: this repairs it.
CompressedImage copy_blobs(image::ImageStore& from, store::LayoutStore& store,
                           const Descriptor& root, unsigned threads, Reporter& reporter) {
  // Only these have plain layers because of what they are.
  if (dynamic_cast<image::DockerArchiveReader*>(&from) != nullptr)
    return copy_compressed(from, store, root, reporter);
  return {root, image::copy_image(
                    from, store, root,
                    {.threads = threads, .check = image::CopyCheck::deep, .reporter = &reporter})};
}

FetchedImage copy(image::ImageStore& from, store::LayoutStore& store, const Descriptor& root,
                  const std::string& name, const FetchRequest& request, Reporter& reporter) {
  const Descriptor chosen = choose_manifest(from, root, request.platform, request.host, name);
  auto [copied_manifest, copied] = copy_blobs(from, store, chosen, request.threads, reporter);
  FetchedImage fetched{name, std::move(copied_manifest), root.digest, copied};
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
  FetchedImage image{
      found.name,
      choose_manifest(store, found.manifest, request.platform, request.host, found.name),
      found.manifest.digest,
      {}};
  image.id = oci::parse_manifest(oci::read_blob(store, image.manifest, oci::kMaxDocumentBytes),
                                 "manifest " + image.manifest.digest.text())
                 .config.digest;
  return image;
}

/// Whether an archive has all images of an index: docker saves those that it has pulled, with the
/// index of all.
bool has_all_of(image::ImageStore& from, const Descriptor& root) {
  if (!oci::is_index(root.media_type)) return true;
  const oci::Index index = oci::parse_index(oci::read_blob(from, root, oci::kMaxDocumentBytes),
                                            "index " + root.digest.text());
  return std::all_of(index.manifests.begin(), index.manifests.end(),
                     [&](const Descriptor& entry) { return from.has(entry); });
}

bool is_whole_name(std::string_view name) {
  return name.find_first_of("/:") != std::string_view::npos;
}

/// What an image from a place is called in the store: by the whole name that was asked for, else as
/// it is called there, else by the place's file and the tag; empty when that is not a name.
std::string local_name(const image::Place& place, const OpenedImage& opened) {
  std::string text = place.name;
  if (!is_whole_name(text)) {
    if (!opened.names.empty()) return opened.names.front();
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

/// Whether what the store has is for the platform that is wanted, if one is.
bool is_for(store::LayoutStore& store, const FoundImage& found, const FetchRequest& request) {
  try {
    (void)narrow_to(store, found.manifest, request.platform, found.name);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    return false;
  }
}

FetchedImage fetch_from_registry(store::LayoutStore& store, const Reference& reference,
                                 const std::optional<FoundImage>& found,
                                 const FetchRequest& request, Registries& registries,
                                 Reporter& reporter) {
  const std::unique_ptr<image::ImageStore> repository = registries.open(reference);
  const std::string name = reference.text();
  reporter.info(fmt::format("pulling {}", name));
  // With a tag and a digest the digest counts: it identifies the image, wherever the tag points.
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
              fmt::format("{} \"{}\" is not one of missing, newer, always, never", option, text));
}

FetchedImage fetch_image(store::LayoutStore& store, std::string_view word,
                         const FetchRequest& request, Registries& registries, Reporter& reporter) {
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && place->is_on_disk()) {
    const OpenedImage opened = open_place(*place, request.surroundings, word);
    FetchedImage fetched =
        copy(*opened.blobs, store, opened.manifest, local_name(*place, opened), request, reporter);
    if (!fetched.name.empty()) reporter.info(fmt::format("tagged {}", fetched.name));
    return fetched;
  }
  if (place) word = place->name;
  if (request.policy == PullPolicy::never) {
    FoundImage found = require_image(store, word);
    (void)narrow_to(store, found.manifest, request.platform, found.name);
    return local_image(store, std::move(found), request);
  }
  std::optional<FoundImage> found;
  if (request.policy != PullPolicy::always) found = find_image(store, word);
  if (found && !is_for(store, *found, request)) found.reset();
  // Nothing is "newer" than what was built here: no registry has it.
  const bool is_own = found && found->by == FoundBy::name && found->name.starts_with("localhost/");
  if (found && (request.policy == PullPolicy::missing || is_own))
    return local_image(store, *found, request);
  // An image that is known by one of its names is asked for under that name.
  const Reference reference = found && found->by == FoundBy::name
                                  ? Reference::parse(found->name, Reference::Defaults::local)
                                  : parse_name(word, Reference::Defaults::docker);
  try {
    return fetch_from_registry(store, reference, found, request, registries, reporter);
  } catch (const Error& error) {
    // "newer" falls back to the image in the store when the registry cannot be asked.
    if (!found || error.kind() == ErrorKind::cancelled) throw;
    reporter.warning(fmt::format("{}; using the image in the store", error.message()));
    return local_image(store, *found, request);
  }
}

std::vector<FetchedImage> fetch_all_tags(store::LayoutStore& store, const Reference& repository,
                                         const FetchRequest& request, Registries& registries,
                                         Reporter& reporter) {
  std::vector<FetchedImage> fetched;
  for (const std::string& tag : registries.tags(repository)) {
    Reference reference = repository;
    reference.tag = tag;
    fetched.push_back(
        fetch_from_registry(store, reference, std::nullopt, request, registries, reporter));
  }
  if (fetched.empty())
    throw Error(ErrorKind::not_found, fmt::format("{} has no tags", repository.name()));
  return fetched;
}

std::vector<LoadedImage> load_place(store::LayoutStore& store, const image::Place& place,
                                    const Surroundings& surroundings, Reporter& reporter) {
  const OpenedPlace opened = open_all(place, surroundings);
  if (opened.images.empty())
    throw Error(ErrorKind::not_found, fmt::format("{} has no image", place.path));
  std::vector<LoadedImage> loaded;
  for (const image::PlacedImage& image : opened.images) {
    const Descriptor wanted = has_all_of(*opened.blobs, image.manifest)
                                  ? image.manifest
                                  : choose_runnable(*opened.blobs, image.manifest, place.path);
    const Descriptor root = copy_blobs(*opened.blobs, store, wanted, kThreads, reporter).manifest;
    Digest id = root.digest;
    if (oci::is_manifest(root.media_type)) {
      const oci::Manifest manifest = oci::parse_manifest(
          oci::read_blob(store, root, oci::kMaxDocumentBytes), "manifest " + root.digest.text());
      check_configuration(store, manifest.config);
      id = manifest.config.digest;
    }
    for (const std::string& name : image.names) store.tag(name, root);
    if (image.names.empty()) store.tag("", root);
    loaded.push_back({image.names, root, std::move(id)});
  }
  return loaded;
}

}  // namespace modulah::images
