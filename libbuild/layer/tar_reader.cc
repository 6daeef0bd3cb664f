// Reads the entries of a stored layer.
//
//   stored bytes ──> what compression? ──> decompressor ──> bound ──> TarSource
#include "modulah/layer/tar_reader.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/compress.h"
#include "modulah/base/error.h"
#include "modulah/image/tar_source.h"

namespace modulah::layer {

namespace {

/// Gives back the bytes that were looked at before the rest.
class PeekedSource : public Source {
 public:
  explicit PeekedSource(std::unique_ptr<Source> rest) : rest_(std::move(rest)) {
    while (count_ < first_.size()) {
      const std::size_t more = rest_->read(std::span(first_).subspan(count_));
      if (more == 0) break;
      count_ += more;
    }
  }
  [[nodiscard]] std::span<const std::byte> first() const { return std::span(first_).first(count_); }
  /// How many stored bytes were read so far.
  [[nodiscard]] std::uint64_t taken() const { return count_ + rest_count_; }
  std::size_t read(std::span<std::byte> buffer) override {
    if (given_ == count_) {
      const std::size_t more = rest_->read(buffer);
      rest_count_ += more;
      return more;
    }
    const std::size_t count = std::min(buffer.size(), count_ - given_);
    std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), count, buffer.begin());
    given_ += count;
    return count;
  }

 private:
  std::unique_ptr<Source> rest_;
  std::array<std::byte, kDetectBytes> first_{};
  std::size_t count_ = 0;
  std::size_t given_ = 0;
  std::uint64_t rest_count_ = 0;
};

/// Throws when more comes out than is allowed: the bound for decompression bombs.
class BoundedSource : public Source {
 public:
  /// `inner` reads from `stored`, directly or through a decompressor.
  BoundedSource(Source& inner, const PeekedSource& stored, const LayerLimits& limits,
                std::string_view what)
      : inner_(inner), stored_(stored), limits_(limits), what_(what) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (limits_.stop.stop_requested())
      throw Error(ErrorKind::cancelled, fmt::format("reading {} was interrupted", what_));
    const std::size_t count = inner_.read(buffer);
    total_ += count;
    if (total_ > limits_.max_plain_bytes)
      throw LimitError(fmt::format("{} has more than the {} plain bytes allowed", what_,
                                   limits_.max_plain_bytes));
    // What was read is at least what was decompressed, so this is never stricter than the ratio of
    // the whole layer.
    if (limits_.max_ratio != 0 && total_ > limits_.ratio_free_bytes &&
        total_ / limits_.max_ratio > stored_.taken())
      throw LimitError(
          fmt::format("{} unpacks to more than {} times its size, which is how decompression bombs "
                      "look",
                      what_, limits_.max_ratio));
    return count;
  }

 private:
  Source& inner_;
  const PeekedSource& stored_;
  const LayerLimits limits_;
  const std::string what_;
  std::uint64_t total_ = 0;
};

}  // namespace

struct TarReader::State {
  State(std::unique_ptr<Source> source, const std::string& what, const LayerLimits& layer_limits)
      : name(what),
        limits(layer_limits),
        stored(std::move(source)),
        compression(detect_compression(stored.first())),
        decompressor(compression == Compression::none ? nullptr
                                                      : make_decompressor(compression, stored)),
        plain(decompressor ? *decompressor : static_cast<Source&>(stored), stored, limits, what),
        tar(plain, what) {}

  /// Reads what comes after the tar's end, so that a verifying source sees all bytes.
  void drain() {
    std::vector<std::byte> buffer(64 * 1024);
    while (plain.read(buffer) != 0) {
    }
    while (stored.read(buffer) != 0) {
    }
  }

  const std::string name;
  const LayerLimits limits;
  PeekedSource stored;
  const Compression compression;
  std::unique_ptr<Source> decompressor;
  BoundedSource plain;
  image::TarSource tar;
  std::uint64_t entries = 0;
};

TarReader::TarReader(std::unique_ptr<Source> stored, std::string what, const LayerLimits& limits)
    : state_(
          with_context([&] { return what; },
                       [&] { return std::make_unique<State>(std::move(stored), what, limits); })) {}

TarReader::TarReader(oci::BlobReader& from, const oci::Descriptor& blob, const LayerLimits& limits)
    : TarReader(from.open(blob), fmt::format("layer {}", blob.digest.text()), limits) {}

TarReader::~TarReader() = default;

std::optional<Entry> TarReader::next() {
  std::optional<Entry> entry = state_->tar.next();
  if (!entry) {
    state_->drain();
    return std::nullopt;
  }
  if (++state_->entries > state_->limits.max_entries)
    throw LimitError(fmt::format("{} has more than the {} entries allowed", state_->name,
                                 state_->limits.max_entries));
  return entry;
}

std::size_t TarReader::read(std::span<std::byte> buffer) { return state_->tar.read(buffer); }

}  // namespace modulah::layer
