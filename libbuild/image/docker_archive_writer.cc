// Writes layers as plain tars. A tar has each file's size before its content, and the size of a
// plain layer is not known before it was decompressed; so layers are decompressed twice.
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/hash.h"
#include "modulah/image/docker_archive.h"
#include "modulah/image/tar.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/layer_compression.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::image {

namespace {

using oci::Descriptor;
using oci::Digest;
using Json = nlohmann::ordered_json;

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool is_image_config(std::string_view type) {
  return type == oci::media_type::kOciConfig || type == oci::media_type::kDockerConfig;
}

/// Decompresses a layer into `out` and returns its diff id and size.
std::pair<Digest, std::uint64_t> decompress(ImageStore& from, const Descriptor& layer, Sink& out,
                                            const std::stop_token& stop) {
  const std::unique_ptr<Source> stored = from.open(layer);
  ObservedSource observed(*stored, [&](std::size_t) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "the copy was stopped as asked");
  });
  const std::unique_ptr<Source> plain =
      make_decompressor(oci::compression_of(layer.media_type), observed);
  Sha256Sink hash;
  TeeSink both{&hash, &out};
  (void)copy(*plain, both);
  CountSink rest;
  (void)copy(observed, rest);  // What follows the compressed stream counts for the digest.
  const std::uint64_t size = hash.count();
  return {Digest::from(hash.finish()), size};
}

}  // namespace

struct DockerArchiveWriter::State {
  explicit State(std::filesystem::path target)
      : path(std::move(target)), file(directory_of(path)) {}

  void write_header(const std::string& name, std::uint64_t size) {
    TarEntry entry;
    entry.path = name;
    entry.size = size;
    std::string header;
    append_tar_header(header, entry);
    file.write(as_bytes(header));
  }
  void write_zeros(std::size_t count) { file.write(as_bytes(std::string(count, '\0'))); }
  /// Writes a small file, unless one of the name is there.
  bool add_text(const std::string& name, std::string_view text) {
    if (!written.insert(name).second) return false;
    write_header(name, text.size());
    file.write(as_bytes(text));
    write_zeros(tar_padding(text.size()));
    return true;
  }
  /// Writes a layer, unless it is there, and returns whether it did.
  bool add_layer(ImageStore& from, const Descriptor& layer, const Digest& diff_id,
                 const std::string& name, const std::stop_token& stop) {
    if (!written.insert(name).second) return false;
    CountSink nothing;
    const auto [digest, size] = decompress(from, layer, nothing, stop);
    if (digest != diff_id)
      throw Error(ErrorKind::corrupt,
                  fmt::format("layer {} has the diff id {}, and the configuration says {}",
                              layer.digest.text(), digest.text(), diff_id.text()));
    write_header(name, size);
    (void)decompress(from, layer, file, stop);
    write_zeros(tar_padding(size));
    return true;
  }

  const std::filesystem::path path;
  AtomicFile file;
  std::set<std::string> written;  ///< Names of files.
  Json list = Json::array();      ///< manifest.json.
};

DockerArchiveWriter::DockerArchiveWriter(std::filesystem::path path)
    : state_(std::make_unique<State>(std::move(path))) {}
DockerArchiveWriter::~DockerArchiveWriter() = default;

CopyResult DockerArchiveWriter::add(ImageStore& from, const Descriptor& root,
                                    const std::vector<std::string>& names,
                                    const CopyOptions& options) {
  const oci::Manifest manifest = oci::parse_manifest(
      oci::read_blob(from, root, oci::kMaxDocumentBytes), "manifest " + root.digest.text());
  if (!is_image_config(manifest.config.media_type))
    throw Error(ErrorKind::unsupported,
                fmt::format("manifest {} is not an image's: its configuration is {}",
                            root.digest.text(), manifest.config.media_type),
                "Write an artifact to oci:DIR or oci-archive:FILE.");
  const std::string text = oci::read_blob(from, manifest.config, oci::kMaxDocumentBytes);
  const std::string what = "configuration " + manifest.config.digest.text();
  const oci::ImageConfig config = oci::parse_image_config(text, what);
  if (config.diff_ids.size() != manifest.layers.size())
    throw Error(ErrorKind::invalid,
                fmt::format("{} has {} diff ids, and the manifest {} layers", what,
                            config.diff_ids.size(), manifest.layers.size()));
  CopyResult result;
  const auto count = [&result](bool is_copied, std::uint64_t size) {
    ++(is_copied ? result.blobs_copied : result.blobs_skipped);
    result.bytes_copied += is_copied ? size : 0;
  };
  Json entry;
  entry["Config"] = fmt::format("{}.json", manifest.config.digest.hex());
  entry["RepoTags"] = names;
  entry["Layers"] = Json::array();
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    const Descriptor& layer = manifest.layers[i];
    if (!oci::is_layer(layer.media_type))
      throw Error(ErrorKind::unsupported,
                  fmt::format("layer {} is {}, which a docker-archive cannot hold",
                              layer.digest.text(), layer.media_type),
                  "Write the image to oci:DIR or oci-archive:FILE.");
    const std::string name = fmt::format("{}.tar", config.diff_ids[i].hex());
    count(state_->add_layer(from, layer, config.diff_ids[i], name, options.stop), layer.size);
    entry["Layers"].push_back(name);
  }
  count(state_->add_text(entry["Config"], text), text.size());
  state_->list.push_back(std::move(entry));
  return result;
}

void DockerArchiveWriter::commit() {
  state_->add_text("manifest.json", state_->list.dump());
  state_->write_zeros(kTarEndBytes);
  state_->file.commit(state_->path);
}

}  // namespace modulah::image
