// SHA-256, the hash that names every blob.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "modulah/base/io.h"

namespace modulah {

using Sha256Bytes = std::array<std::byte, 32>;

/// A Sink that hashes what is written to it.
class Sha256Sink : public Sink {
 public:
  Sha256Sink();
  ~Sha256Sink() override;
  Sha256Sink(Sha256Sink&&) noexcept;
  Sha256Sink& operator=(Sha256Sink&&) noexcept;

  void write(std::span<const std::byte> bytes) override;
  /// The hash of all that was written. Call once; no `write` may follow.
  [[nodiscard]] Sha256Bytes finish();
  /// How many bytes were written.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::uint64_t count_ = 0;
};

[[nodiscard]] Sha256Bytes sha256(std::span<const std::byte> bytes);
/// Two lower-case hex digits for each byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);

}  // namespace modulah
