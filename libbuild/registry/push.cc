// Pushes an image in as few round trips as there can be.
//
// copy_image() looks what is there and copies the rest. Two things are known better here: the
// root's manifest goes straight under its name, instead of under its digest first, and a
// blob whose upload broke can be opened anew.
#include <atomic>

#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/registry/repository.h"

namespace modulah::registry {

namespace {

using oci::Descriptor;

/// The content that copy_image() opened, and reports the progress of.
class FirstSource : public Source {
 public:
  explicit FirstSource(Source& inner) : inner_(inner) {}
  std::size_t read(std::span<std::byte> buffer) override { return inner_.read(buffer); }

 private:
  Source& inner_;
};

class PushTarget : public image::ImageStore {
 public:
  PushTarget(image::ImageStore& from, Repository& to, const Descriptor& root, std::string_view name)
      : from_(from), to_(to), root_(root), name_(name) {}

  bool has(const Descriptor& blob) override { return to_.has(blob); }
  std::unique_ptr<Source> open(const Descriptor& blob) override { return to_.open(blob); }
  std::optional<Descriptor> resolve(std::string_view name) override { return to_.resolve(name); }
  void tag(std::string_view name, const Descriptor& manifest) override { to_.tag(name, manifest); }

  void put(const Descriptor& blob, Source& content) override {
    if (oci::is_manifest(blob.media_type) || oci::is_index(blob.media_type)) {
      put_document(blob, content);
      return;
    }
    bool is_first = true;
    to_.upload(blob, [&]() -> std::unique_ptr<Source> {
      if (!std::exchange(is_first, false)) return from_.open(blob);
      return std::make_unique<FirstSource>(content);
    });
  }

  [[nodiscard]] bool is_named() const { return is_named_; }

 private:
  void put_document(const Descriptor& blob, Source& content) {
    const std::string bytes = read_all(content, oci::kMaxDocumentBytes, blob.digest.text());
    const bool is_root = blob.digest == root_.digest;
    to_.put_document(is_root ? name_ : std::string_view(blob.digest.text()), blob, bytes);
    is_named_ = is_named_ || is_root;
  }

  image::ImageStore& from_;
  Repository& to_;
  const Descriptor& root_;
  std::string_view name_;
  std::atomic<bool> is_named_ = false;
};

}  // namespace

image::CopyResult push_image(image::ImageStore& from, Repository& to, const Descriptor& root,
                             std::string_view name, const image::CopyOptions& options) {
  const bool is_digest = name == root.digest.text();
  if (!is_digest) {
    const auto there = to.resolve(name);
    if (there && there->digest == root.digest) return {.blobs_skipped = 1};
  }
  PushTarget target(from, to, root, name);
  const image::CopyResult result = image::copy_image(from, target, root, options);
  if (!is_digest && !target.is_named())
    to.put_document(name, root, oci::read_blob(from, root, oci::kMaxDocumentBytes));
  return result;
}

}  // namespace modulah::registry
