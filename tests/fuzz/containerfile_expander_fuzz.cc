// Words from anywhere: expanded in every way, or an Error is thrown.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modulah/base/error.h"
#include "modulah/containerfile/expander.h"
#include "modulah/containerfile/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const containerfile::Lookup lookup = [](std::string_view name) -> std::optional<std::string> {
    if (name == "a") return "a*b c/d";
    if (name == "e") return "";
    return std::nullopt;
  };
  const auto attempt = [](const auto& action) {
    try {
      action();
    } catch (const Error&) {
    }
  };
  containerfile::HereDocument document;
  document.lines = text;
  document.strips_tabs = true;
  attempt([&] { (void)containerfile::expand_word(text, lookup); });
  attempt([&] { (void)containerfile::expand_words(text, lookup, '`'); });
  attempt([&] { (void)containerfile::expand_document(document, lookup); });
  attempt([&] { (void)containerfile::parse_ports(text); });
  attempt([&] { (void)containerfile::parse_duration(text); });
  attempt([&] { (void)containerfile::parse_owner(text); });
  attempt([&] { (void)containerfile::ModeChange::parse(text).apply(0644, false); });
  return 0;
}
