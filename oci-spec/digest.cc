// Digests: reading and making them.
#include "modulah/oci/digest.h"

#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"

namespace modulah::oci {

namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kAlgorithm = "sha256";

}  // namespace

Digest Digest::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    throw Error(ErrorKind::invalid,
                fmt::format("digest \"{}\" has no algorithm, e.g. sha256:…", text));
  if (text.substr(0, colon) != kAlgorithm)
    throw Error(ErrorKind::unsupported, fmt::format("digest \"{}\" is not sha256", text));
  const std::string_view hex = text.substr(colon + 1);
  if (hex.size() != kHexDigits)
    throw Error(ErrorKind::invalid, fmt::format("digest \"{}\" has {} hex digits, not {}", text,
                                                hex.size(), kHexDigits));
  // The specification allows only lower case, so that equal digests are equal strings.
  const auto wrong = std::find_if_not(hex.begin(), hex.end(), is_hex_digit);
  if (wrong != hex.end())
    throw Error(
        ErrorKind::invalid,
        fmt::format("digest \"{}\" has '{}', which is not a lower-case hex digit", text, *wrong));
  return Digest(std::string(text));
}

Digest Digest::from(const Sha256Bytes& bytes) {
  return Digest(fmt::format("{}:{}", kAlgorithm, to_hex(bytes)));
}

Digest Digest::of(std::span<const std::byte> bytes) { return from(sha256(bytes)); }

}  // namespace modulah::oci
