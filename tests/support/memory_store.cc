// An ImageStore in memory that records how often it was asked for what.
#include "modulah_test/memory_store.h"

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::test {

namespace {

/// Owns the bytes it is read from.
class TextSource : public Source {
 public:
  explicit TextSource(std::string text)
      : text_(std::move(text)), source_(std::string_view(text_)) {}
  std::size_t read(std::span<std::byte> buffer) override { return source_.read(buffer); }

 private:
  std::string text_;
  SpanSource source_;
};

/// Keeps what is written until it is committed.
class MemoryBlobWriter : public image::BlobWriter {
 public:
  explicit MemoryBlobWriter(MemoryStore& store) : store_(store) {}
  void write(std::span<const std::byte> bytes) override { text_.append(as_text(bytes)); }
  oci::Descriptor commit(std::string_view media_type) override {
    oci::Descriptor blob{std::string(media_type), oci::Digest::of(text_), text_.size()};
    SpanSource content{std::string_view(text_)};
    store_.put(blob, content);
    return blob;
  }

 private:
  MemoryStore& store_;
  std::string text_;
};

}  // namespace

bool MemoryStore::has(const oci::Descriptor& blob) {
  const std::lock_guard lock(mutex_);
  ++has_count;
  return blobs_.contains(blob.digest);
}

std::unique_ptr<Source> MemoryStore::open(const oci::Descriptor& blob) {
  const std::lock_guard lock(mutex_);
  ++open_count;
  const auto found = blobs_.find(blob.digest);
  if (found == blobs_.end())
    throw Error(ErrorKind::not_found, fmt::format("no blob {}", blob.digest.text()));
  return std::make_unique<oci::VerifyingSource>(std::make_unique<TextSource>(found->second), blob);
}

void MemoryStore::put(const oci::Descriptor& blob, Source& content) {
  std::string text = read_all(content, 64 << 20, "a test's blob");
  if (oci::Digest::of(text) != blob.digest || text.size() != blob.size)
    throw Error(ErrorKind::corrupt, fmt::format("blob {} has other bytes", blob.digest.text()));
  const std::lock_guard lock(mutex_);
  puts.push_back(blob.digest.text());
  blobs_.emplace(blob.digest, std::move(text));
}

std::optional<oci::Descriptor> MemoryStore::resolve(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = names_.find(name);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

void MemoryStore::tag(std::string_view name, const oci::Descriptor& manifest) {
  const std::lock_guard lock(mutex_);
  ++tag_count;
  names_.insert_or_assign(std::string(name), manifest);
}

std::unique_ptr<image::BlobWriter> MemoryStore::begin_blob() {
  return std::make_unique<MemoryBlobWriter>(*this);
}

std::string MemoryStore::text_of(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  return blobs_.at(digest);
}

void MemoryStore::remove(const oci::Digest& digest) {
  const std::lock_guard lock(mutex_);
  blobs_.erase(digest);
}

oci::Descriptor MemoryStore::add(std::string_view media_type, std::string content) {
  const std::lock_guard lock(mutex_);
  oci::Descriptor descriptor{std::string(media_type), oci::Digest::of(content), content.size()};
  blobs_.emplace(descriptor.digest, std::move(content));
  return descriptor;
}

void MemoryStore::corrupt(const oci::Digest& digest, std::string content) {
  const std::lock_guard lock(mutex_);
  blobs_.insert_or_assign(digest, std::move(content));
}

}  // namespace modulah::test
