// https://www.rfc-editor.org/rfc/rfc3492#section-6.2
#include "punycode.h"

#include <algorithm>
#include <cstdint>

#include "modulah/base/text.h"

namespace modulah::wasm {
namespace {

constexpr std::size_t kMaxCharacters = 256;  // Each is inserted, which takes quadratic time.
constexpr std::uint64_t kBase = 36;
constexpr std::uint64_t kMinThreshold = 1;
constexpr std::uint64_t kMaxThreshold = 26;
constexpr std::uint64_t kMaxDelta = std::uint64_t{1} << 32U;

std::optional<std::uint64_t> digit_of(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<std::uint64_t>(c - 'a');
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint64_t>(c - 'A');
  if (c >= '0' && c <= '9') return static_cast<std::uint64_t>(c - '0') + 26;
  return std::nullopt;
}

/// The thresholds of the digits of one number adapt to the numbers before.
std::uint64_t adapted_bias(std::uint64_t delta, std::uint64_t count, bool is_first) {
  constexpr std::uint64_t kSkew = 38;
  constexpr std::uint64_t kDamp = 700;
  delta /= is_first ? kDamp : 2;
  delta += delta / count;
  std::uint64_t bias = 0;
  for (; delta > (kBase - kMinThreshold) * kMaxThreshold / 2; bias += kBase)
    delta /= kBase - kMinThreshold;
  return bias + (kBase - kMinThreshold + 1) * delta / (delta + kSkew);
}

/// Takes one number off the front of `digits`. Nothing when it is malformed or too large.
std::optional<std::uint64_t> read_delta(std::string_view& digits, std::uint64_t bias) {
  std::uint64_t delta = 0;
  std::uint64_t weight = 1;
  for (std::uint64_t k = kBase;; k += kBase) {
    if (digits.empty()) return std::nullopt;
    const auto digit = digit_of(digits.front());
    digits.remove_prefix(1);
    if (!digit) return std::nullopt;
    delta += *digit * weight;
    if (delta > kMaxDelta) return std::nullopt;
    const std::uint64_t threshold =
        k <= bias + kMinThreshold ? kMinThreshold : std::min(k - bias, kMaxThreshold);
    if (*digit < threshold) return delta;
    weight *= kBase - threshold;
    if (weight > kMaxDelta) return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> decode_punycode(std::string_view text, char delimiter) {
  std::u32string out;
  if (const std::size_t end = text.rfind(delimiter); end != std::string_view::npos) {
    for (const char c : text.substr(0, end)) out += static_cast<unsigned char>(c);
    text.remove_prefix(end + 1);
  }
  std::uint64_t code = 0x80;
  std::uint64_t bias = 72;
  std::uint64_t position = 0;
  for (bool is_first = true; !text.empty(); is_first = false) {
    const auto delta = read_delta(text, bias);
    if (!delta || out.size() == kMaxCharacters) return std::nullopt;
    const std::uint64_t count = out.size() + 1;
    bias = adapted_bias(*delta, count, is_first);
    position += *delta;
    code += position / count;
    position %= count;
    if (code >= kRawByte || (code >= 0xD800 && code <= 0xDFFF)) return std::nullopt;
    out.insert(static_cast<std::size_t>(position++), 1, static_cast<char32_t>(code));
  }
  std::string utf8;
  for (const char32_t c : out) encode(c, utf8);
  return utf8;
}

}  // namespace modulah::wasm
