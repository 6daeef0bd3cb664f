// Reading untrusted JSON documents: strict about types, silent about unknown fields, and exact
// about the place. Private to oci-spec; only *_json.cc include it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "modulah/oci/descriptor.h"
#include "modulah/oci/manifest.h"

namespace modulah::oci {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// A value within a document, and the path it has there ("layers[2].digest").
/// `null` counts as absent everywhere: registries write `"Labels":null`.
class JsonValue {
 public:
  /// `json` must outlive it; `what` names the document.
  JsonValue(const Json& json, std::string_view what) : json_(json), what_(what) {}

  /// A member of this object, or nothing when it is absent or null. Throws Error invalid when
  /// this is not an object.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  /// The same; throws Error invalid when it is absent.
  [[nodiscard]] JsonValue require(std::string_view key) const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  /// A whole number of 0 to 2^63 - 1.
  [[nodiscard]] std::uint64_t size() const;
  /// A whole number, of either sign.
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] std::vector<JsonValue> items() const;
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] std::map<std::string, std::string> text_map() const;
  /// The keys of an object, sorted.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// Throws Error invalid: "<document>: <path> <why>".
  [[noreturn]] void refuse(std::string_view why) const;
  /// The message of `refuse`, for an error of another kind.
  [[nodiscard]] std::string message(std::string_view why) const;

 private:
  JsonValue(const Json& json, std::string_view what, std::string path)
      : json_(json), what_(what), path_(std::move(path)) {}

  const Json& json_;
  std::string_view what_;
  std::string path_;
};

/// Parses a document of at most `max_bytes` and of bounded depth. Throws Error invalid with the
/// byte offset of what is wrong.
[[nodiscard]] Json parse_document(std::string_view text, std::string_view what,
                                  std::uint64_t max_bytes = kMaxDocumentBytes);

/// The text of a member, or empty when it is absent.
[[nodiscard]] std::string text_or_empty(const JsonValue& object, std::string_view key);
[[nodiscard]] Digest read_digest(const JsonValue& value);
[[nodiscard]] Platform read_platform(const JsonValue& value);
[[nodiscard]] Descriptor read_descriptor(const JsonValue& value);
[[nodiscard]] OrderedJson write_descriptor(const Descriptor& descriptor);

/// The bytes of a document: no white space, UTF-8 as it is. Throws Error invalid when a text in it
/// is not UTF-8.
[[nodiscard]] std::string write_document(const OrderedJson& json, std::string_view what);

}  // namespace modulah::oci
