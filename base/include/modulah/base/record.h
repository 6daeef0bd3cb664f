// Small records in caches: a list of fields, each "LENGTH:BYTES", so that a field may hold anything
// and a record that was cut off or changed is recognised.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace modulah {

/// Appends `field` to `record`.
void add_field(std::string& record, std::string_view field);

/// The first field of `record`, which loses it. Nothing when the record is empty or does not begin
/// with a whole field; `record` is then unchanged.
[[nodiscard]] std::optional<std::string_view> take_field(std::string_view& record);

}  // namespace modulah
