// What the step cache keeps of a layer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modulah/image/edit.h"

#include "layer_contents.h"

namespace modulah::builder {

/// A layer, and which of its files are modules, or look like one by their name: that modules are
/// valid was seen when it was made. Summaries are not kept.
struct StepRecord {
  image::LayerRecord layer;
  KnownFiles files;
};

[[nodiscard]] std::string to_text(const StepRecord& record);
/// Nothing when `text` is not such a record: one of another version of modulah, for example.
[[nodiscard]] std::optional<StepRecord> parse_step_record(std::string_view text);

}  // namespace modulah::builder
