// Reading JSON values with their place in the document, and descriptors both ways.
#include <algorithm>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/oci/manifest.h"
#include "modulah/oci/nesting.h"

#include "json_reader.h"

namespace modulah::oci {

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  if (!json_.is_object()) refuse("is not an object");
  const auto found = json_.find(std::string(key));
  if (found == json_.end() || found->is_null()) return std::nullopt;
  return JsonValue(*found, what_,
                   path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key));
}

JsonValue JsonValue::require(std::string_view key) const {
  std::optional<JsonValue> value = find(key);
  if (!value) refuse(fmt::format("has no \"{}\"", key));
  return *value;
}

std::string JsonValue::text() const {
  if (!json_.is_string()) refuse(fmt::format("is {}, not a text", json_.type_name()));
  return json_.get<std::string>();
}

bool JsonValue::boolean() const {
  if (!json_.is_boolean()) refuse(fmt::format("is {}, not true or false", json_.type_name()));
  return json_.get<bool>();
}

std::int64_t JsonValue::integer() const {
  if (!json_.is_number_integer()) refuse("is not a whole number");
  if (json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX)
    refuse("is larger than any size can be");
  return json_.get<std::int64_t>();
}

std::uint64_t JsonValue::size() const {
  const std::int64_t value = integer();
  if (value < 0) refuse(fmt::format("is {}, less than 0", value));
  return static_cast<std::uint64_t>(value);
}

std::vector<JsonValue> JsonValue::items() const {
  if (!json_.is_array()) refuse(fmt::format("is {}, not a list", json_.type_name()));
  std::vector<JsonValue> items;
  for (const Json& item : json_)
    items.push_back(JsonValue(item, what_, fmt::format("{}[{}]", path_, items.size())));
  return items;
}

std::vector<std::string> JsonValue::texts() const {
  std::vector<std::string> texts;
  for (const JsonValue& item : items()) texts.push_back(item.text());
  return texts;
}

std::vector<std::string> JsonValue::keys() const {
  if (!json_.is_object()) refuse("is not an object");
  std::vector<std::string> keys;
  for (const auto& [key, value] : json_.items()) keys.push_back(key);
  return keys;
}

std::map<std::string, std::string> JsonValue::text_map() const {
  std::map<std::string, std::string> map;
  for (const std::string& key : keys())
    if (const std::optional<JsonValue> value = find(key)) map.emplace(key, value->text());
  return map;
}

std::string JsonValue::message(std::string_view why) const {
  return fmt::format("{}: {} {}", what_, path_.empty() ? "the document" : path_, why);
}

void JsonValue::refuse(std::string_view why) const {
  throw Error(ErrorKind::invalid, message(why));
}

void check_nesting(std::string_view json, std::string_view what) {
  if (const auto offset = find_deep_json(json))
    throw Error(ErrorKind::invalid,
                fmt::format("{}: offset {}: nested deeper than {}", what, *offset, kMaxNesting));
}

Json parse_document(std::string_view text, std::string_view what, std::uint64_t max_bytes) {
  if (text.size() > max_bytes)
    throw Error(ErrorKind::invalid, fmt::format("{} has {} bytes, more than the {} allowed", what,
                                                text.size(), max_bytes));
  check_nesting(text, what);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(ErrorKind::invalid, fmt::format("{}: offset {}: not JSON", what, error.byte));
  } catch (const Json::out_of_range&) {
    // 1e999 is JSON, but no number of ours.
    throw Error(ErrorKind::invalid, fmt::format("{}: a number in it is too large", what));
  }
}

std::string text_or_empty(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.find(key);
  return value ? value->text() : std::string();
}

Digest read_digest(const JsonValue& value) {
  try {
    return Digest::parse(value.text());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unsupported) throw;
    value.refuse(fmt::format("is wrong: {}", error.message()));
  }
}

Platform read_platform(const JsonValue& value) {
  Platform platform;
  platform.os = text_or_empty(value, "os");
  platform.architecture = text_or_empty(value, "architecture");
  platform.variant = text_or_empty(value, "variant");
  platform.os_version = text_or_empty(value, "os.version");
  if (const auto features = value.find("os.features")) platform.os_features = features->texts();
  return platform;
}

Descriptor read_descriptor(const JsonValue& value) {
  Descriptor descriptor{value.require("mediaType").text(), read_digest(value.require("digest")),
                        value.require("size").size()};
  if (const auto annotations = value.find("annotations"))
    descriptor.annotations = annotations->text_map();
  if (const auto platform = value.find("platform")) descriptor.platform = read_platform(*platform);
  descriptor.artifact_type = text_or_empty(value, "artifactType");
  return descriptor;
}

OrderedJson write_descriptor(const Descriptor& descriptor) {
  OrderedJson json;
  json["mediaType"] = descriptor.media_type;
  json["digest"] = descriptor.digest.text();
  json["size"] = descriptor.size;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  if (descriptor.platform) {
    OrderedJson& platform = json["platform"];
    platform["architecture"] = descriptor.platform->architecture;
    platform["os"] = descriptor.platform->os;
    if (!descriptor.platform->os_version.empty())
      platform["os.version"] = descriptor.platform->os_version;
    if (!descriptor.platform->os_features.empty())
      platform["os.features"] = descriptor.platform->os_features;
    if (!descriptor.platform->variant.empty()) platform["variant"] = descriptor.platform->variant;
  }
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  return json;
}

std::string write_document(const OrderedJson& json, std::string_view what) {
  try {
    return json.dump();
  } catch (const OrderedJson::type_error&) {
    throw Error(ErrorKind::invalid, fmt::format("{} has a text that is not UTF-8", what),
                "Labels, annotations and commands are UTF-8 in an image.");
  }
}

}  // namespace modulah::oci
