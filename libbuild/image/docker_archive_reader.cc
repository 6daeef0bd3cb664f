// Reads manifest.json, checks what it names, and makes a manifest for each image.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/base/hash.h"
#include "modulah/base/json.h"
#include "modulah/image/docker_archive.h"
#include "modulah/image/layout_format.h"
#include "modulah/image/tar.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/oci/nesting.h"
#include "modulah/oci/reference.h"

#include "tar_files.h"

namespace modulah::image {

namespace {

using oci::Descriptor;
using oci::Digest;
using Json = nlohmann::json;

constexpr std::string_view kListName = "manifest.json";
constexpr std::size_t kMaxImages = 1000;
constexpr std::size_t kMaxLayers = 1000;
constexpr std::size_t kMaxNames = 1000;

/// An entry of manifest.json.
struct Listed {
  std::string config;
  std::vector<std::string> layers;
  std::vector<std::string> names;
};

/// manifest.json as values; `what` names it in messages.
class ListReader {
 public:
  explicit ListReader(std::string what) : what_(std::move(what)) {}

  [[nodiscard]] std::vector<Listed> read(const std::string& text) const {
    oci::check_nesting(text, what_);
    const Json json = parse_json<Json>(text);
    if (!json.is_array()) refuse("is not a JSON array");
    if (json.empty()) refuse("lists no image");
    if (json.size() > kMaxImages) refuse(fmt::format("lists more than {} images", kMaxImages));
    std::vector<Listed> images;
    for (const Json& entry : json) images.push_back(read_image(entry));
    return images;
  }

 private:
  [[nodiscard]] Listed read_image(const Json& entry) const {
    if (!entry.is_object()) refuse("has an entry that is not an object");
    const auto config = entry.find("Config");
    if (config == entry.end() || !config->is_string()) refuse("has an entry without Config");
    Listed listed;
    listed.config = path_of(config->get<std::string>());
    for (std::string& path : texts_of(entry, "Layers", kMaxLayers))
      listed.layers.push_back(path_of(path));
    for (const std::string& name : texts_of(entry, "RepoTags", kMaxNames)) {
      const auto reference = with_context(
          [&] { return what_; },
          [&] { return oci::Reference::parse(name, oci::Reference::Defaults::docker); });
      listed.names.push_back(reference.text());
    }
    return listed;
  }

  /// A list of texts; one that is missing or null is empty.
  [[nodiscard]] std::vector<std::string> texts_of(const Json& entry, const char* key,
                                                  std::size_t max) const {
    const auto found = entry.find(key);
    if (found == entry.end() || found->is_null()) return {};
    if (!found->is_array()) refuse(fmt::format("has a {} that is not an array", key));
    if (found->size() > max) refuse(fmt::format("has more than {} {}", max, key));
    std::vector<std::string> texts;
    for (const Json& text : *found) {
      if (!text.is_string()) refuse(fmt::format("has {} that are not texts", key));
      texts.push_back(text.get<std::string>());
    }
    return texts;
  }

  [[nodiscard]] std::string path_of(const std::string& text) const {
    return with_context([&] { return what_; }, [&] { return clean_entry_path(text); });
  }

  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorKind::invalid, fmt::format("{} {}", what_, why));
  }

  const std::string what_;
};

}  // namespace

ArchiveKind kind_of_archive(const std::filesystem::path& path) {
  const TarFiles files(path);
  if (files.size_of(kLayoutMarkerName)) return ArchiveKind::oci;
  if (files.size_of(kListName)) return ArchiveKind::docker;
  throw Error(
      ErrorKind::invalid,
      fmt::format("{} has neither {} nor {} in it", path.native(), kLayoutMarkerName, kListName),
      "Images are in archives that 'modulah save', podman, docker or skopeo have written.");
}

struct DockerArchiveReader::State {
  explicit State(std::filesystem::path archive) : files(std::move(archive)) {
    const std::optional<std::string> list = files.text_of(kListName, oci::kMaxDocumentBytes);
    if (!list)
      throw Error(ErrorKind::invalid, fmt::format("{} has no {} in it", path(), kListName),
                  "A docker-archive is a tar that 'docker save' or 'podman save' has written.");
    for (const Listed& listed : ListReader(fmt::format("{}: {}", path(), kListName)).read(*list))
      images.push_back({make_manifest(listed), listed.names});
  }

  [[nodiscard]] const std::string& path() const { return files.path().native(); }

  /// The size of a file that manifest.json names. Throws Error invalid when it is not there.
  [[nodiscard]] std::uint64_t require_file(const std::string& name) const {
    if (files.is_link(name))
      throw Error(ErrorKind::invalid,
                  fmt::format("{}: \"{}\" is a link, which is not followed", path(), name));
    const auto size = files.size_of(name);
    if (!size)
      throw Error(ErrorKind::invalid,
                  fmt::format("{}: {} names \"{}\", which is not there", path(), kListName, name));
    return *size;
  }

  /// The image's manifest, as it would have it in a registry; it is kept in memory.
  Descriptor make_manifest(const Listed& listed) {
    (void)require_file(listed.config);
    const std::string text = files.text_of(listed.config, oci::kMaxDocumentBytes).value_or("");
    const std::string what = fmt::format("{}: {}", path(), listed.config);
    const oci::ImageConfig config = oci::parse_image_config(text, what);
    if (config.diff_ids.size() != listed.layers.size())
      throw Error(ErrorKind::invalid,
                  fmt::format("{} has {} diff ids, and {} lists {} layers", what,
                              config.diff_ids.size(), kListName, listed.layers.size()));
    oci::Manifest manifest{std::string(oci::media_type::kOciManifest),
                           "",
                           keep(oci::media_type::kOciConfig, text),
                           {},
                           std::nullopt,
                           {}};
    for (std::size_t i = 0; i < listed.layers.size(); ++i)
      manifest.layers.push_back(layer_of(listed.layers[i], config.diff_ids[i]));
    return keep(oci::media_type::kOciManifest, oci::to_json(manifest));
  }

  Descriptor keep(std::string_view media_type, std::string text) {
    Descriptor blob{std::string(media_type), Digest::of(text), text.size()};
    documents.insert_or_assign(blob.digest, std::move(text));
    return blob;
  }

  /// A layer as it is in the archive: plain, so that its digest is the diff id, or compressed.
  Descriptor layer_of(const std::string& name, const Digest& diff_id) {
    const std::uint64_t size = require_file(name);
    std::array<std::byte, kDetectBytes> first{};
    const std::size_t count = files.open(name)->read(first);
    const Compression compression = detect_compression(std::span(first).first(count));
    Descriptor layer{std::string(oci::layer_type(oci::Format::oci, compression)),
                     compression == Compression::none ? diff_id : hash_of(name), size};
    layers.insert_or_assign(layer.digest, name);
    return layer;
  }

  Digest hash_of(const std::string& name) {
    const auto known = hashes.find(name);
    if (known != hashes.end()) return known->second;
    Sha256Sink hash;
    (void)copy(*files.open(name), hash);
    return hashes.emplace(name, Digest::from(hash.finish())).first->second;
  }

  const TarFiles files;
  std::map<Digest, std::string> documents;  ///< Manifests and configurations: their bytes.
  std::map<Digest, std::string> layers;     ///< Where each is in the archive.
  std::map<std::string, Digest> hashes;     ///< Of compressed layers, which several may share.
  std::vector<PlacedImage> images;
};

DockerArchiveReader::DockerArchiveReader(std::filesystem::path path)
    : state_(std::make_unique<State>(std::move(path))) {}
DockerArchiveReader::~DockerArchiveReader() = default;

bool DockerArchiveReader::has(const oci::Descriptor& blob) {
  return state_->documents.contains(blob.digest) || state_->layers.contains(blob.digest);
}

std::unique_ptr<Source> DockerArchiveReader::open(const oci::Descriptor& blob) {
  if (const auto found = state_->documents.find(blob.digest); found != state_->documents.end())
    return std::make_unique<oci::VerifyingSource>(std::make_unique<SpanSource>(found->second),
                                                  blob);
  const auto layer = state_->layers.find(blob.digest);
  if (layer == state_->layers.end())
    throw Error(ErrorKind::not_found,
                fmt::format("{} has no blob {}", state_->path(), blob.digest.text()));
  return std::make_unique<oci::VerifyingSource>(state_->files.open(layer->second), blob);
}

void DockerArchiveReader::put(const oci::Descriptor& blob, Source&) {
  throw Error(ErrorKind::unsupported, fmt::format("{} is complete: {} cannot be added",
                                                  state_->path(), blob.digest.text()));
}

std::optional<oci::Descriptor> DockerArchiveReader::resolve(std::string_view name) {
  const std::vector<PlacedImage>& images = state_->images;
  if (name.empty()) {
    if (images.size() == 1) return images.front().manifest;
    throw Error(ErrorKind::invalid,
                fmt::format("{} has {} images, and none was named", state_->path(), images.size()),
                "Name one of them, or run 'modulah load', which takes all.");
  }
  for (const auto defaults : {oci::Reference::Defaults::docker, oci::Reference::Defaults::local}) {
    const std::string wanted = oci::Reference::parse(name, defaults).text();
    for (const PlacedImage& image : images)
      if (std::find(image.names.begin(), image.names.end(), wanted) != image.names.end())
        return image.manifest;
  }
  return std::nullopt;
}

void DockerArchiveReader::tag(std::string_view name, const oci::Descriptor&) {
  throw Error(ErrorKind::unsupported,
              fmt::format("{} is complete: \"{}\" cannot be added", state_->path(), name));
}

const std::vector<PlacedImage>& DockerArchiveReader::images() const { return state_->images; }

}  // namespace modulah::image
