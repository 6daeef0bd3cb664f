// Reads the entries of a stored layer: plain, gzip or zstd, told by its first bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "modulah/base/error.h"
#include "modulah/base/io.h"
#include "modulah/layer/entry.h"
#include "modulah/oci/blob_reader.h"

namespace modulah::layer {

/// How much a layer may hold. Beyond it LimitError is thrown.
struct LayerLimits {
  std::uint64_t max_plain_bytes = std::uint64_t{64} << 30;
  std::uint64_t max_entries = 2'000'000;
  /// How many times longer than the stored bytes the plain ones may be, once there are more than
  /// `ratio_free_bytes` of them; 0: any number of times.
  std::uint64_t max_ratio = 0;
  std::uint64_t ratio_free_bytes = std::uint64_t{1} << 30;
  /// When requested, reading throws Error cancelled within one piece of 256 KiB.
  std::stop_token stop = {};
};

/// Error invalid because of a limit, so that a caller can say how to raise it.
class LimitError : public Error {
 public:
  explicit LimitError(std::string message) : Error(ErrorKind::invalid, std::move(message)) {}
};

/// Not safe for use from two threads at once.
class TarReader {
 public:
  /// Takes the stored bytes. `what` names the layer in messages, e.g. "layer sha256:…".
  TarReader(std::unique_ptr<Source> stored, std::string what, const LayerLimits& limits = {});
  /// Opens the layer `blob` of `from`.
  TarReader(oci::BlobReader& from, const oci::Descriptor& blob, const LayerLimits& limits = {});
  ~TarReader();

  /// The next entry, or nothing at the end; then all stored bytes were read and, where the source
  /// verifies, are what their digest says. Paths are clean (see image::clean_entry_path); whiteouts
  /// are ordinary entries. Throws Error: corrupt, invalid or unsupported, naming the entry and
  /// the offset in the plain tar.
  [[nodiscard]] std::optional<Entry> next();
  /// Reads the current entry's content; 0 is its end.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::layer
