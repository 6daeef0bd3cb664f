// Wasmtime's error texts in our form.
#include "words.h"

#include <charconv>

#include <fmt/format.h>

namespace modulah::wasm {
namespace {

/// The next line of `rest`, which is taken from it, without white space at either end.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// Drops the "0: " in front of a numbered cause.
std::string_view without_number(std::string_view line) {
  const std::size_t digits = line.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return line;
  return line.substr(digits).starts_with(": ") ? line.substr(digits + 2) : line;
}

/// Takes "(at offset 0x1a)" off the end of `line`.
std::optional<std::uint64_t> take_offset(std::string_view& line) {
  constexpr std::string_view kBefore = " (at offset 0x";
  const std::size_t start = line.rfind(kBefore);
  if (start == std::string_view::npos || !line.ends_with(')')) return std::nullopt;
  const std::string_view digits = line.substr(start + kBefore.size());
  std::uint64_t offset = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), offset, 16);
  if (error != std::errc() || *end != ')') return std::nullopt;
  line = line.substr(0, start);
  return offset;
}

/// Of "…: Invalid input WebAssembly code at offset 36: words", takes all but the words: the
/// compiler says so when it comes upon an error before the validator does.
std::optional<std::uint64_t> take_compiler_offset(std::string_view& line) {
  constexpr std::string_view kBefore = "Invalid input WebAssembly code at offset ";
  const std::size_t start = line.find(kBefore);
  if (start == std::string_view::npos) return std::nullopt;
  const std::string_view digits = line.substr(start + kBefore.size());
  std::uint64_t offset = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset);
  const std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  if (error != std::errc() || !rest.starts_with(": ")) return std::nullopt;
  line = rest.substr(2);
  return offset;
}

}  // namespace

std::string Words::placed() const {
  return offset ? fmt::format("byte {:#x}: {}", *offset, text) : text;
}

Words words_of(std::string_view message) {
  constexpr std::string_view kBacktrace = "error while executing at wasm backtrace:";
  Words words;
  bool is_in_backtrace = false;
  while (!message.empty()) {
    std::string_view line = next_line(message);
    if (line == "Caused by:") {
      is_in_backtrace = false;
      continue;
    }
    if (line.ends_with(kBacktrace)) is_in_backtrace = true;
    if (line.empty() || is_in_backtrace) continue;
    line = without_number(line);
    if (const auto offset = take_compiler_offset(line)) {
      words = {std::string(line), offset};  // What led there is of no use to the reader.
      continue;
    }
    if (const auto offset = take_offset(line)) words.offset = offset;
    if (!words.text.empty()) words.text += ": ";
    words.text += line;
  }
  return words;
}

std::string_view view_of(const wasmtime::ByteVec* vec) {
  if (vec == nullptr || vec->size == 0) return {};
  std::string_view text(vec->data, vec->size);
  if (text.back() == '\0') text.remove_suffix(1);
  return text;
}

std::string take_message(const wasmtime::Api& api, wasmtime::Failure* failure) {
  wasmtime::ByteVec message;
  api.error_message(failure, &message);
  std::string text(view_of(&message));
  api.wasm_byte_vec_delete(&message);
  api.error_delete(failure);
  return text;
}

}  // namespace modulah::wasm
