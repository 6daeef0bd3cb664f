// Truth and text of values.
#include "value.h"

#include <map>
#include <string_view>

#include <fmt/format.h>

namespace modulah::cli::templates {

namespace {

void append_text(std::string& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return append(out, "<no value>");
    case Json::value_t::string:
      return append(out, value.get_ref<const std::string&>());
    case Json::value_t::number_float:
      return append(out, fmt::format("{}", value.get<double>()));
    case Json::value_t::array: {
      append(out, "[");
      bool is_first = true;
      for (const Json& item : value) {
        if (!is_first) append(out, " ");
        is_first = false;
        append_text(out, item);
      }
      return append(out, "]");
    }
    case Json::value_t::object: {
      std::map<std::string_view, const Json*> sorted;
      for (const auto& [key, item] : value.items()) sorted.emplace(key, &item);
      append(out, "map[");
      bool is_first = true;
      for (const auto& [key, item] : sorted) {
        if (!is_first) append(out, " ");
        is_first = false;
        append(out, key);
        append(out, ":");
        append_text(out, *item);
      }
      return append(out, "]");
    }
    default:
      return append(out, value.dump());
  }
}

}  // namespace

Value make_value(Json json) { return std::make_shared<const Json>(std::move(json)); }

Value part_of(const Value& whole, const Json& json) { return {whole, &json}; }

Value no_value() {
  static const Value kNone = make_value(nullptr);
  return kNone;
}

bool is_true(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::string:
      return !value.get_ref<const std::string&>().empty();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float:
      return value.get<double>() != 0;
    default:
      return !value.empty();
  }
}

std::string_view kind_of(const Json& value) {
  if (value.is_string()) return "a text";
  if (value.is_number()) return "a number";
  if (value.is_boolean()) return "true or false";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a map";
  return "nil";
}

void append(std::string& out, std::string_view text) {
  if (text.size() > kMaxTextBytes - std::min(out.size(), kMaxTextBytes))
    throw Error(ErrorKind::usage,
                fmt::format("the template's output exceeds {} MB", kMaxTextBytes >> 20));
  out += text;
}

std::string go_text(const Json& value) {
  std::string out;
  append_text(out, value);
  return out;
}

}  // namespace modulah::cli::templates
