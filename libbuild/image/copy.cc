// push, pull, save and load in one function.
//
// An image is a graph of documents (indexes, manifests) with blobs as leaves. It is
// copied from the leaves up, so that at every moment a document in the target has all
// that it refers to: a reader sees the whole image or none of it, and a copy that was
// broken off can be taken up again, skipping what is there.
#include "modulah/image/copy.h"

#include <atomic>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/tasks.h"
#include "modulah/oci/index.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"

namespace modulah::image {

namespace {

using oci::Descriptor;

/// An index may list indexes; more levels than this are nobody's image.
constexpr int kMaxDepth = 8;
/// How many documents one image may have, all levels together.
constexpr std::size_t kMaxDocuments = 10'000;

class Copier {
 public:
  Copier(ImageStore& from, ImageStore& to, const CopyOptions& options)
      : from_(from),
        to_(to),
        options_(options),
        reporter_(options.reporter != nullptr ? *options.reporter : silent_reporter()) {}

  void copy_document(const Descriptor& document, int depth);

  [[nodiscard]] CopyResult result() const {
    return {copied_.load(), skipped_.load(), bytes_.load()};
  }

 private:
  void copy_manifest(const Descriptor& document, std::string_view json);
  void copy_index(const Descriptor& document, std::string_view json, int depth);
  void copy_blob(const Descriptor& blob);
  void put_document(const Descriptor& document, std::string_view bytes);

  ImageStore& from_;
  ImageStore& to_;
  const CopyOptions& options_;
  Reporter& reporter_;
  std::set<oci::Digest> documents_;  ///< Those that were begun: one may stand in several indexes.
  std::atomic<std::uint64_t> copied_ = 0;
  std::atomic<std::uint64_t> skipped_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
};

std::string name_of(const Descriptor& document) {
  const bool is_index = oci::is_index(document.media_type);
  return fmt::format("{} {}", is_index ? "index" : "manifest", document.digest.text());
}

/// Layers of restricted distribution are named by URLs and stay where they are.
bool is_foreign(const Descriptor& layer) {
  return layer.media_type.find("nondistributable") != std::string::npos ||
         layer.media_type.find("foreign") != std::string::npos;
}

void Copier::copy_document(const Descriptor& document, int depth) {
  if (!documents_.insert(document.digest).second) return;
  if (depth > kMaxDepth)
    throw Error(ErrorKind::invalid,
                fmt::format("{} is nested deeper than {} indexes", name_of(document), kMaxDepth));
  if (documents_.size() > kMaxDocuments)
    throw Error(ErrorKind::invalid,
                fmt::format("the image has more than {} manifests", kMaxDocuments));
  // A store keeps no document without its children, so one that is there is complete.
  if (to_.has(document)) {
    ++skipped_;
    return;
  }
  const std::string json = oci::read_blob(from_, document, oci::kMaxDocumentBytes);
  if (oci::is_index(document.media_type))
    copy_index(document, json, depth);
  else if (oci::is_manifest(document.media_type))
    copy_manifest(document, json);
  else
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{} has the media type \"{}\", which is neither a manifest nor an index",
                    document.digest.text(), document.media_type));
  put_document(document, json);
}

void Copier::copy_index(const Descriptor& document, std::string_view json, int depth) {
  const oci::Index index = oci::parse_index(json, name_of(document));
  for (const Descriptor& entry : index.manifests) copy_document(entry, depth + 1);
}

void Copier::copy_manifest(const Descriptor& document, std::string_view json) {
  const oci::Manifest manifest = oci::parse_manifest(json, name_of(document));
  std::vector<Descriptor> blobs = manifest.layers;
  blobs.push_back(manifest.config);
  TaskGroup tasks(options_.threads);
  std::set<oci::Digest> begun;
  for (const Descriptor& blob : blobs) {
    if (is_foreign(blob) || !begun.insert(blob.digest).second) continue;
    tasks.run([this, &blob](std::stop_token stop) {
      if (!stop.stop_requested()) copy_blob(blob);
    });
  }
  tasks.wait();
}

void Copier::copy_blob(const Descriptor& blob) {
  const std::unique_ptr<Progress> progress =
      reporter_.begin(fmt::format("blob {}", blob.digest.short_hex()), blob.size);
  if (to_.has(blob)) {
    ++skipped_;
    progress->finish("already there");
    return;
  }
  with_context([&] { return fmt::format("copy blob {}", blob.digest.text()); },
               [&] {
                 const std::unique_ptr<Source> source = from_.open(blob);
                 ObservedSource observed(*source,
                                         [&](std::size_t count) { progress->advance(count); });
                 to_.put(blob, observed);
               });
  ++copied_;
  bytes_ += blob.size;
  progress->finish("done");
}

void Copier::put_document(const Descriptor& document, std::string_view bytes) {
  SpanSource source(bytes);
  to_.put(document, source);
  ++copied_;
  bytes_ += document.size;
}

}  // namespace

CopyResult copy_image(ImageStore& from, ImageStore& to, const oci::Descriptor& root,
                      const CopyOptions& options) {
  Copier copier(from, to, options);
  copier.copy_document(root, 0);
  return copier.result();
}

}  // namespace modulah::image
