// A step's record: lines of text. Paths may have a line's end in them, which is escaped as in a
// URL.
#include "layer_record.h"

#include <charconv>

#include <fmt/format.h>

#include "modulah/base/error.h"

namespace modulah::builder {

namespace {

std::string escape(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '\n' || c == '%')
      out += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "%0a" || text.substr(i, 3) == "%25") {
      out += text[i + 1] == '0' ? '\n' : '%';
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The next line of `text`, which loses it; nothing at the end, and for a line that is cut off.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string to_text(const StepRecord& record) {
  const oci::Descriptor& blob = record.layer.descriptor;
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", blob.media_type, blob.digest.text(), blob.size,
                                 record.layer.diff_id.text());
  for (const std::string& module : record.modules) text += escape(module) + "\n";
  return text;
}

std::optional<StepRecord> parse_step_record(std::string_view text) {
  const auto type = take_line(text);
  const auto digest = take_line(text);
  const auto size_text = take_line(text);
  const auto diff_id = take_line(text);
  if (!diff_id) return std::nullopt;
  std::uint64_t size = 0;
  const char* end = size_text->data() + size_text->size();
  const auto parsed = std::from_chars(size_text->data(), end, size);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  try {
    StepRecord record{{{std::string(*type), oci::Digest::parse(*digest), size, {}, {}, {}},
                       oci::Digest::parse(*diff_id)},
                      {}};
    while (const auto module = take_line(text)) record.modules.push_back(unescape(*module));
    return record;
  } catch (const Error&) {
    return std::nullopt;  // By contract: what cannot be read is no record.
  }
}

}  // namespace modulah::builder
