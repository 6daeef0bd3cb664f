// One layer after the other; each is compressed by several threads.
#include "compress_layers.h"

#include <map>
#include <memory>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/image/blob_writer.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::images {

namespace {

using oci::Descriptor;

constexpr unsigned kThreads = 2;

Descriptor compress_layer(image::ImageStore& from, store::LayoutStore& store,
                          const Descriptor& layer, Progress& progress) {
  const std::unique_ptr<Source> plain = from.open(layer);
  ObservedSource observed(*plain, [&](std::size_t count) { progress.advance(count); });
  const std::unique_ptr<image::BlobWriter> blob = store.begin_blob();
  const std::unique_ptr<Compressor> compressor =
      make_compressor(Compression::gzip, *blob, kThreads);
  (void)copy(observed, *compressor);
  compressor->finish();
  return blob->commit(oci::layer_type(oci::Format::oci, Compression::gzip));
}

/// The layer as it is, unless the store has it.
void copy_layer(image::ImageStore& from, store::LayoutStore& store, const Descriptor& layer,
                image::CopyResult& result) {
  if (store.has(layer)) {
    ++result.blobs_skipped;
    return;
  }
  store.put(layer, *from.open(layer));
  ++result.blobs_copied;
  result.bytes_copied += layer.size;
}

}  // namespace

CompressedImage copy_compressed(image::ImageStore& from, store::LayoutStore& store,
                                const Descriptor& root, Reporter& reporter) {
  oci::Manifest manifest = oci::parse_manifest(oci::read_blob(from, root, oci::kMaxDocumentBytes),
                                               "manifest " + root.digest.text());
  image::CopyResult result;
  std::map<oci::Digest, Descriptor> known;
  for (Descriptor& layer : manifest.layers) {
    if (layer.media_type != oci::media_type::kOciLayer) {
      copy_layer(from, store, layer, result);
      continue;
    }
    if (!known.contains(layer.digest)) {
      const std::unique_ptr<Progress> progress =
          reporter.begin(fmt::format("layer {}", layer.digest.short_hex()), layer.size);
      Descriptor compressed = compress_layer(from, store, layer, *progress);
      progress->finish("done");
      ++result.blobs_copied;
      result.bytes_copied += compressed.size;
      known.emplace(layer.digest, std::move(compressed));
    }
    layer = known.at(layer.digest);
  }
  copy_layer(from, store, manifest.config, result);
  return {image::put_document(store, oci::media_type::kOciManifest, oci::to_json(manifest)),
          result};
}

}  // namespace modulah::images
