// A step's record: fields with their length in front, since paths may contain anything.
#include "layer_record.h"

#include <cstdint>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"
#include "modulah/base/record.h"

namespace modulah::builder {

namespace {

std::optional<validate::FileKind> find_kind(std::string_view name) {
  for (const validate::FileKindWords& words : validate::all_file_kinds())
    if (words.name == name) return words.kind;
  return std::nullopt;
}

}  // namespace

std::string to_text(const StepRecord& record) {
  const oci::Descriptor& blob = record.layer.descriptor;
  std::string text;
  add_field(text, blob.media_type);
  add_field(text, blob.digest.text());
  add_field(text, std::to_string(blob.size));
  add_field(text, record.layer.diff_id.text());
  for (const auto& [path, file] : record.files) {
    add_field(text, validate::words_of(file.kind).name);
    add_field(text, path);
  }
  return text;
}

std::optional<StepRecord> parse_step_record(std::string_view text) {
  const auto type = take_field(text);
  const auto digest = take_field(text);
  const auto size = take_field(text);
  const auto diff_id = take_field(text);
  if (!diff_id) return std::nullopt;
  const auto bytes = parse_number<std::uint64_t>(*size);
  if (!bytes) return std::nullopt;
  try {
    StepRecord record{{{std::string(*type), oci::Digest::parse(*digest), *bytes, {}, {}, {}},
                       oci::Digest::parse(*diff_id)},
                      {}};
    while (const auto name = take_field(text)) {
      const auto kind = find_kind(*name);
      const auto path = take_field(text);
      if (!kind || !path) return std::nullopt;
      record.files[std::string(*path)] = {*kind};
    }
    if (!text.empty()) return std::nullopt;
    return record;
  } catch (const Error&) {
    return std::nullopt;  // By contract: what cannot be read is not a record.
  }
}

}  // namespace modulah::builder
