// Pushes an image in as few round trips as possible.
//
// copy_image() checks what exists and copies the rest. Some things are known better here: the name
// and the root are checked at the same time; the root's manifest is stored directly under its name,
// instead of under its digest first; a configuration is as new as the manifest that names it, and
// small, so it is sent without a check; a blob that another repository has is mounted without a
// check; and a blob whose upload failed can be reopened.
#include <atomic>

#include "modulah/base/tasks.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/media_type.h"
#include "modulah/registry/repository.h"

namespace modulah::registry {

namespace {

using oci::Descriptor;

/// Up to this size it is cheaper to send a configuration than to check for it.
constexpr std::uint64_t kSmallConfigBytes = 64 * 1024;

bool is_small_config(const Descriptor& blob) {
  return blob.size <= kSmallConfigBytes && (blob.media_type == oci::media_type::kOciConfig ||
                                            blob.media_type == oci::media_type::kDockerConfig);
}

class PushTarget : public image::ImageStore {
 public:
  PushTarget(image::ImageStore& from, Repository& to, const Descriptor& root, bool has_root,
             std::string_view name)
      : from_(from), to_(to), root_(root), has_root_(has_root), name_(name) {}

  bool has(const Descriptor& blob) override {
    if (blob.digest == root_.digest) return has_root_;
    if (is_small_config(blob) || to_.can_mount(blob)) return false;
    return to_.has(blob);
  }
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
      return std::make_unique<BorrowedSource>(content);
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
  const bool has_root_;
  std::string_view name_;
  std::atomic<bool> is_named_ = false;
};

}  // namespace

image::CopyResult push_image(image::ImageStore& from, Repository& to, const Descriptor& root,
                             std::string_view name, const image::CopyOptions& options) {
  const bool is_digest = name == root.digest.text();
  bool has_root = false;
  if (is_digest) {
    has_root = to.has(root);
  } else {
    to.prepare();
    TaskGroup other(1);
    other.run([&](const std::stop_token&) { has_root = to.has(root); });
    const auto there = to.resolve(name);
    other.wait();
    if (there && there->digest == root.digest) return {.blobs_skipped = 1};
  }
  PushTarget target(from, to, root, has_root, name);
  const image::CopyResult result = image::copy_image(from, target, root, options);
  if (!is_digest && !target.is_named())
    to.put_document(name, root, oci::read_blob(from, root, oci::kMaxDocumentBytes));
  return result;
}

}  // namespace modulah::registry
