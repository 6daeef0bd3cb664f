// Fields with their lengths in front. Both ends are the same program, so this is checked, but needs
// no versions.
#include "worker_protocol.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace modulah::wasm {
namespace {

[[noreturn]] void throw_malformed(std::string_view what) {
  throw Error(ErrorKind::io,
              "message between modulah and its compile worker: " + std::string(what));
}

void add_field(std::string& record, std::string_view field) {
  record += std::to_string(field.size());
  record += ':';
  record += field;
}

std::string_view take_field(std::string_view& record) {
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(record.data(), record.data() + record.size(), size);
  const auto digits = static_cast<std::size_t>(end - record.data());
  if (error != std::errc() || digits == record.size() || *end != ':' ||
      record.size() - digits - 1 < size)
    throw_malformed("cut off");
  const std::string_view field = record.substr(digits + 1, size);
  record.remove_prefix(digits + 1 + size);
  return field;
}

/// A number from 0 to `most`, as one character.
char digit(unsigned number) { return static_cast<char>('0' + number); }

unsigned number_of(char c, unsigned most) {
  const auto number = static_cast<unsigned>(c) - '0';
  if (number > most) throw_malformed("not understood");
  return number;
}

constexpr std::string_view kDone = "done";
constexpr std::string_view kFailed = "failed";
constexpr auto kLastKind = static_cast<unsigned>(ErrorKind::cancelled);

}  // namespace

std::string encode(const CompileRequest& request) {
  const std::array<char, 3> numbers = {digit(static_cast<unsigned>(request.task)),
                                       digit(static_cast<unsigned>(request.interruption)),
                                       digit(static_cast<unsigned>(request.cores))};
  std::string text;
  add_field(text, {numbers.data(), numbers.size()});
  add_field(text, request.library);
  add_field(text, request.name);
  return text;
}

CompileRequest decode_compile_request(std::string_view& text) {
  CompileRequest request;
  const std::string_view numbers = take_field(text);
  if (numbers.size() != 3) throw_malformed("not understood");
  request.task = static_cast<WorkerTask>(number_of(numbers[0], 1));
  request.interruption = static_cast<Interruption>(number_of(numbers[1], 1));
  request.cores = static_cast<Cores>(number_of(numbers[2], 1));
  request.library = take_field(text);
  request.name = take_field(text);
  return request;
}

std::string encode_done() {
  std::string text;
  add_field(text, kDone);
  return text;
}

std::string encode_failure(const Error& error) {
  std::string text;
  add_field(text, kFailed);
  const char kind = digit(static_cast<unsigned>(error.kind()));
  add_field(text, {&kind, 1});
  add_field(text, error.message());
  add_field(text, error.hint());
  return text;
}

void decode_answer(std::string_view& text) {
  const std::string_view outcome = take_field(text);
  if (outcome == kDone) return;
  if (outcome != kFailed) throw_malformed("not understood");
  const std::string_view kind = take_field(text);
  if (kind.size() != 1) throw_malformed("not understood");
  const auto number = static_cast<ErrorKind>(number_of(kind[0], kLastKind));
  std::string message(take_field(text));
  throw Error(number, std::move(message), std::string(take_field(text)));
}

}  // namespace modulah::wasm
