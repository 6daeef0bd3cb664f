// A digest: the name of bytes by their hash.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "modulah/base/hash.h"

namespace modulah::oci {

/// "sha256:" and 64 lower-case hex digits; always well-formed once it exists.
/// https://github.com/opencontainers/image-spec/blob/v1.1.0/descriptor.md#digests
class Digest {
 public:
  /// Reads "sha256:" and 64 lower-case hex digits.
  /// Throws Error: invalid when malformed, unsupported for another algorithm.
  [[nodiscard]] static Digest parse(std::string_view text);
  [[nodiscard]] static Digest from(const Sha256Bytes& bytes);
  /// The digest of `bytes`.
  [[nodiscard]] static Digest of(std::span<const std::byte> bytes);
  [[nodiscard]] static Digest of(std::string_view text) { return of(as_bytes(text)); }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }  ///< "sha256:…"
  [[nodiscard]] std::string_view hex() const noexcept { return std::string_view(text_).substr(7); }
  /// The first 12 hex digits, for people. Never parse or compare this.
  [[nodiscard]] std::string_view short_hex() const noexcept { return hex().substr(0, 12); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  explicit Digest(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace modulah::oci
