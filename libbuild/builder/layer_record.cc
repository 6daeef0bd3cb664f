// A step's record: fields with their length in front, since paths may contain anything.
#include "layer_record.h"

#include <cstdint>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"
#include "modulah/base/record.h"

namespace modulah::builder {

std::string to_text(const StepRecord& record) {
  const oci::Descriptor& blob = record.layer.descriptor;
  std::string text;
  add_field(text, blob.media_type);
  add_field(text, blob.digest.text());
  add_field(text, std::to_string(blob.size));
  add_field(text, record.layer.diff_id.text());
  for (const std::string& module : record.modules) add_field(text, module);
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
    while (const auto module = take_field(text)) record.modules.emplace_back(*module);
    if (!text.empty()) return std::nullopt;
    return record;
  } catch (const Error&) {
    return std::nullopt;  // By contract: what cannot be read is not a record.
  }
}

}  // namespace modulah::builder
