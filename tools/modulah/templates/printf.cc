// Reads the verbs of printf and formats values by them.
#include "printf.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "modulah/base/text.h"

namespace modulah::cli::templates {

namespace {

constexpr std::size_t kMaxWidth = 10'000;
constexpr std::size_t kMaxPrecision = 100;

struct Verb {
  char letter = 0;
  bool is_left = false;
  bool has_sign = false;
  bool has_zeros = false;
  bool has_blank = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  std::string_view text;  ///< "%-5s", for messages.
};

[[noreturn]] void wrong(const std::string& message) { throw Error(ErrorKind::usage, message); }

std::size_t read_number(std::string_view format, std::size_t& at, std::size_t most) {
  std::size_t number = 0;
  for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
    number = number * 10 + static_cast<std::size_t>(format[at] - '0');
    if (number > most) wrong(fmt::format("a width in the format \"{}\" exceeds {}", format, most));
  }
  return number;
}

/// Reads the verb that follows a "%", up to its letter.
Verb read_verb(std::string_view format, std::size_t& at) {
  const std::size_t begin = at - 1;
  Verb verb;
  for (; at < format.size(); ++at) {
    if (format[at] == '-')
      verb.is_left = true;
    else if (format[at] == '+')
      verb.has_sign = true;
    else if (format[at] == '0')
      verb.has_zeros = true;
    else if (format[at] == ' ')
      verb.has_blank = true;
    else
      break;
  }
  verb.width = read_number(format, at, kMaxWidth);
  if (at < format.size() && format[at] == '.')
    verb.precision = read_number(format, ++at, kMaxPrecision);
  if (at >= format.size()) wrong(fmt::format("the format \"{}\" ends within a verb", format));
  verb.letter = format[at++];
  verb.text = format.substr(begin, at - begin);
  return verb;
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[noreturn]] void does_not_fit(const Verb& verb, const Json& value) {
  wrong(fmt::format("verb {} does not fit {}", verb.text, kind_of(value)));
}

std::string whole_number(const Verb& verb, const Json& value) {
  if (!value.is_number_integer()) does_not_fit(verb, value);
  const bool is_negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
  const std::uint64_t size = is_negative ? 0 - static_cast<std::uint64_t>(value.get<std::int64_t>())
                                         : value.get<std::uint64_t>();
  std::string digits;
  switch (verb.letter) {
    case 'x':
      digits = fmt::format("{:x}", size);
      break;
    case 'X':
      digits = fmt::format("{:X}", size);
      break;
    case 'o':
      digits = fmt::format("{:o}", size);
      break;
    case 'b':
      digits = fmt::format("{:b}", size);
      break;
    default:
      digits = fmt::format("{}", size);
  }
  const std::string sign = is_negative ? "-" : verb.has_sign ? "+" : verb.has_blank ? " " : "";
  if (verb.has_zeros && !verb.is_left && sign.size() + digits.size() < verb.width)
    digits.insert(0, verb.width - sign.size() - digits.size(), '0');
  return sign + digits;
}

std::string fraction(const Verb& verb, const Json& value) {
  if (!value.is_number_float()) does_not_fit(verb, value);
  const double number = value.get<double>();
  const int precision = static_cast<int>(verb.precision.value_or(6));
  std::string text = verb.letter == 'e'   ? fmt::format("{:.{}e}", number, precision)
                     : verb.letter == 'f' ? fmt::format("{:.{}f}", number, precision)
                     : verb.precision     ? fmt::format("{:.{}g}", number, precision)
                                          : fmt::format("{}", number);
  if (verb.has_sign && number >= 0) text.insert(0, 1, '+');
  if (verb.has_zeros && !verb.is_left && text.size() < verb.width) {
    const std::size_t sign = text.front() == '-' || text.front() == '+' ? 1 : 0;
    text.insert(sign, verb.width - text.size(), '0');
  }
  return text;
}

std::string hex_of(const Verb& verb, const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += verb.letter == 'x' ? fmt::format("{:02x}", byte) : fmt::format("{:02X}", byte);
  }
  return out;
}

/// The first `count` characters.
std::string first_of(const std::string& text, std::size_t count) {
  std::size_t end = 0;
  for (; count > 0 && end < text.size(); --count) end += decode(text, end).length;
  return text.substr(0, end);
}

std::string formatted(const Verb& verb, const Json& value) {
  switch (verb.letter) {
    case 'v':
      if (value.is_number_integer()) return whole_number(verb, value);
      return value.is_null() ? "<nil>" : go_text(value);
    case 's':
      if (!value.is_string() && !value.is_structured()) does_not_fit(verb, value);
      return verb.precision ? first_of(go_text(value), *verb.precision) : go_text(value);
    case 'q':
      if (!value.is_string()) does_not_fit(verb, value);
      return quoted(value.get_ref<const std::string&>());
    case 't':
      if (!value.is_boolean()) does_not_fit(verb, value);
      return value.get<bool>() ? "true" : "false";
    case 'x':
    case 'X':
      if (value.is_string()) return hex_of(verb, value.get_ref<const std::string&>());
      return whole_number(verb, value);
    case 'd':
    case 'o':
    case 'b':
      return whole_number(verb, value);
    case 'c': {
      if (!value.is_number_integer()) does_not_fit(verb, value);
      const auto code = value.get<std::int64_t>();
      std::string text;
      encode(code < 0 || code > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(code), text);
      return text;
    }
    case 'e':
    case 'f':
    case 'g':
      return fraction(verb, value);
    default:
      wrong(fmt::format("unknown verb {} in the format", verb.text));
  }
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += decode(text, at).length;
  return count;
}

void append_padded(std::string& out, const Verb& verb, const std::string& text) {
  const std::size_t blanks = verb.width - std::min(verb.width, count_characters(text));
  if (!verb.is_left) append(out, std::string(blanks, ' '));
  append(out, text);
  if (verb.is_left) append(out, std::string(blanks, ' '));
}

}  // namespace

std::string format_values(std::string_view format, std::span<const Value> values) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t percent = std::min(format.find('%', at), format.size());
    append(out, format.substr(at, percent - at));
    at = percent + 1;
    if (percent == format.size()) break;
    const Verb verb = read_verb(format, at);
    if (verb.letter == '%') {
      append(out, "%");
      continue;
    }
    if (used == values.size()) wrong(fmt::format("verb {} has no value", verb.text));
    append_padded(out, verb, formatted(verb, *values[used++]));
  }
  if (used != values.size())
    wrong(fmt::format("the format \"{}\" has fewer verbs than values", format));
  return out;
}

}  // namespace modulah::cli::templates
