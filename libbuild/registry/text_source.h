// A text with its bytes as a Source; internal.
#pragma once

#include <string>
#include <utility>

#include "modulah/base/io.h"

namespace modulah::registry {

class TextSource : public Source {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)), bytes_(text_) {}
  std::size_t read(std::span<std::byte> buffer) override { return bytes_.read(buffer); }

 private:
  const std::string text_;
  SpanSource bytes_;
};

}  // namespace modulah::registry
