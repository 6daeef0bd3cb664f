// push, pull, save and load in one function.
//
// An image is a graph of documents (indexes, manifests) with blobs as leaves. It is
// copied from the leaves up, so that at every moment a document in the target has all
// that it refers to: a reader sees the whole image or none of it, and a copy that was
// interrupted can be resumed, skipping what is there.
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

class Copier {
 public:
  Copier(ImageStore& from, ImageStore& to, const CopyOptions& options)
      : from_(from),
        to_(to),
        options_(options),
        reporter_(options.reporter != nullptr ? *options.reporter : silent_reporter()),
        threads_(to.is_sequential() ? 1 : options.threads) {}

  void copy_document(const Descriptor& document, unsigned depth);

  [[nodiscard]] CopyResult result() const {
    return {copied_.load(), skipped_.load(), bytes_.load()};
  }

 private:
  void copy_manifest(const Descriptor& document, std::string_view json);
  void copy_index(const Descriptor& document, std::string_view json, unsigned depth);
  void copy_blob(const Descriptor& blob);
  /// Reads the blob and stores it; again when the store it comes from says so.
  void move_bytes(const Descriptor& blob, Progress& progress);
  /// Throws when blobs are larger than any can be, or than the target has room for.
  void check_sizes(const std::vector<Descriptor>& blobs);
  void leave_out(const Descriptor& layer);
  void stop_if_asked() const;
  /// Counts a descriptor of the image against the bound.
  void count_one();
  void put_document(const Descriptor& document, std::string_view bytes);

  ImageStore& from_;
  ImageStore& to_;
  const CopyOptions& options_;
  Reporter& reporter_;
  const unsigned threads_;
  std::size_t count_ = 0;            ///< Of all descriptors seen.
  std::set<oci::Digest> documents_;  ///< Those that were begun: one may be in several indexes.
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

void Copier::stop_if_asked() const {
  if (options_.stop.stop_requested())
    throw Error(ErrorKind::cancelled, "the copy was stopped as asked");
}

void Copier::count_one() {
  if (++count_ > kMaxDescriptors)
    throw Error(ErrorKind::invalid,
                fmt::format("the image has more than {} parts", kMaxDescriptors));
}

void Copier::copy_document(const Descriptor& document, unsigned depth) {
  stop_if_asked();
  if (!documents_.insert(document.digest).second) return;
  if (depth > kMaxIndexDepth)
    throw Error(ErrorKind::invalid, fmt::format("{} is nested deeper than {} indexes",
                                                name_of(document), kMaxIndexDepth));
  // A store keeps no document without its children, so one that is there is complete.
  const bool is_there = to_.has(document);
  if (is_there) ++skipped_;
  if (is_there && options_.check == CopyCheck::shallow) return;
  const std::string json = oci::read_blob(is_there ? to_ : from_, document, oci::kMaxDocumentBytes);
  if (oci::is_index(document.media_type))
    copy_index(document, json, depth);
  else if (oci::is_manifest(document.media_type))
    copy_manifest(document, json);
  else
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{} has the media type \"{}\", which is neither a manifest nor an index",
                    document.digest.text(), document.media_type));
  if (!is_there) put_document(document, json);
}

void Copier::copy_index(const Descriptor& document, std::string_view json, unsigned depth) {
  const oci::Index index = oci::parse_index(json, name_of(document));
  for (const Descriptor& entry : index.manifests) {
    count_one();
    copy_document(entry, depth + 1);
  }
}

void Copier::copy_manifest(const Descriptor& document, std::string_view json) {
  const oci::Manifest manifest = oci::parse_manifest(json, name_of(document));
  std::vector<Descriptor> blobs = manifest.layers;
  blobs.push_back(manifest.config);
  check_sizes(blobs);
  TaskGroup tasks(threads_);
  std::set<oci::Digest> begun;
  for (const Descriptor& blob : blobs) {
    count_one();
    if (!begun.insert(blob.digest).second) continue;
    tasks.run([this, &blob](std::stop_token stop) {
      if (!stop.stop_requested()) copy_blob(blob);
    });
  }
  tasks.wait();
}

void Copier::leave_out(const Descriptor& layer) {
  reporter_.warning(
      fmt::format("layer {} may not be redistributed and is left out; runtimes "
                  "download it from the URLs in the manifest",
                  layer.digest.text()));
}

void Copier::copy_blob(const Descriptor& blob) {
  const std::unique_ptr<Progress> progress =
      reporter_.begin(fmt::format("blob {}", blob.digest.short_hex()), blob.size);
  if (to_.has(blob)) {
    ++skipped_;
    progress->finish("already there");
    return;
  }
  if (is_foreign(blob) && !from_.has(blob)) {
    leave_out(blob);
    progress->finish("left out");
    return;
  }
  with_context([&] { return fmt::format("copy blob {}", blob.digest.text()); },
               [&] { move_bytes(blob, *progress); });
  ++copied_;
  bytes_ += blob.size;
  progress->finish("done");
}

void Copier::move_bytes(const Descriptor& blob, Progress& progress) {
  std::uint64_t shown = 0;
  for (unsigned failures = 0;; ++failures) {
    try {
      const std::unique_ptr<Source> source = from_.open(blob);
      std::uint64_t read = 0;
      ObservedSource observed(*source, [&](std::size_t count) {
        stop_if_asked();
        read += count;
        if (read <= shown) return;  // Shown the first time.
        progress.advance(read - shown);
        shown = read;
      });
      to_.put(blob, observed);
      return;
    } catch (const Error& error) {
      if (!from_.may_reopen(blob, error, failures)) throw;
    }
  }
}

void Copier::check_sizes(const std::vector<Descriptor>& blobs) {
  for (const Descriptor& blob : blobs)
    if (blob.size > kMaxBlobBytes)
      throw Error(ErrorKind::invalid,
                  fmt::format("blob {} has {} bytes by its descriptor, more than the {} allowed",
                              blob.digest.text(), blob.size, kMaxBlobBytes));
  const auto free = to_.free_bytes();
  if (!free) return;
  std::set<oci::Digest> counted;
  std::uint64_t needed = 0;  // No overflow: kMaxDescriptors of kMaxBlobBytes are less than 2^55.
  for (const Descriptor& blob : blobs)
    if (counted.insert(blob.digest).second && !is_foreign(blob) && !to_.has(blob))
      needed += blob.size;
  if (needed > *free)
    throw Error(ErrorKind::io,
                fmt::format("no space: the image's blobs need {} more bytes, and {} are free",
                            needed, *free));
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
