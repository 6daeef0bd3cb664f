// Chooses the scheme by a name's first letters. C++ is the standard library's to demangle.
//
// A short hostile C++ name can stand for gigabytes, because it may refer to its own parts ("S1_",
// "T_") again and again, and abi::__cxa_demangle would allocate all of it. So the size is bounded
// beforehand: a part can refer only to parts that ended before it, so a part that is referred to n
// times makes the whole at most 1 + n times as long. Of 100,000 real names, 99.4 % are within the
// bound.
#include "modulah/wasm/demangle.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include <cxxabi.h>

#include "rust_symbol.h"

namespace modulah::wasm {
namespace {

/// The most characters that a C++ name could stand for, or `limit` + 1 when there are more.
std::uint64_t most_characters(std::string_view symbol, std::uint64_t limit) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::map<std::string_view, std::uint64_t> references;
  for (std::size_t at = symbol.find_first_of("ST"); at != std::string_view::npos;
       at = symbol.find_first_of("ST", at + 1)) {
    const std::size_t end = symbol.find_first_not_of(kDigits, at + 1);
    if (end != std::string_view::npos && symbol[end] == '_')
      ++references[symbol.substr(at, end - at)];
  }
  std::uint64_t most = symbol.size();
  for (const auto& [part, count] : references) most = std::min(most * (1 + count), limit + 1);
  return most;
}

std::optional<std::string> demangle_cxx(std::string_view symbol) {
  // The library refuses longer ones itself; it needs stack for each byte.
  constexpr std::size_t kMaxSymbolBytes = 1'024;
  constexpr std::uint64_t kMaxCharacters = std::uint64_t{1} << 22U;
  if (symbol.size() > kMaxSymbolBytes || symbol.find('\0') != std::string_view::npos ||
      most_characters(symbol, kMaxCharacters) > kMaxCharacters)
    return std::nullopt;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> found(
      abi::__cxa_demangle(std::string(symbol).c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0 || found == nullptr) return std::nullopt;
  std::string text(found.get());
  cut_demangled(text);
  return text;
}

std::optional<std::string> demangle_known(std::string_view symbol) {
  if (symbol.starts_with("_R")) return demangle_rust_v0(symbol);
  if (symbol.starts_with("_Z")) {
    if (auto text = demangle_rust_legacy(symbol)) return text;
    return demangle_cxx(symbol);
  }
  return demangle_split_rust_legacy(symbol);
}

}  // namespace

void cut_demangled(std::string& text) {
  constexpr std::string_view kMore = "…";
  if (text.size() <= kMaxDemangledBytes) return;
  std::size_t size = kMaxDemangledBytes - kMore.size();
  // Not within a character.
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  text += kMore;
}

std::string demangle(std::string_view symbol) {
  if (auto text = demangle_known(symbol)) return *std::move(text);
  return std::string(symbol);
}

}  // namespace modulah::wasm
