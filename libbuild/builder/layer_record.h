// What the step cache keeps of a layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/image/edit.h"

namespace modulah::builder {

/// A layer, and where in it the modules are: that they are valid was seen when it was made.
struct StepRecord {
  image::LayerRecord layer;
  std::vector<std::string> modules;  ///< Paths in the image, without a slash at the start.
};

[[nodiscard]] std::string to_text(const StepRecord& record);
/// Nothing when `text` is no such record: a record of another version of modulah, for example.
[[nodiscard]] std::optional<StepRecord> parse_step_record(std::string_view text);

}  // namespace modulah::builder
