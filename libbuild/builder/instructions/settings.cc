// The settings that are one field of the configuration: LABEL, USER, EXPOSE, VOLUME, STOPSIGNAL,
// MAINTAINER.
#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "instructions/instructions.h"

namespace modulah::builder {

namespace {

using containerfile::error_at;

/// Linux's signals and real-time signals, by number.
constexpr int kMaxSignal = 64;

bool is_signal(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end) return number >= 1 && number <= kMaxSignal;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
  });
}

}  // namespace

StageState apply(StageState state, const containerfile::Label& label, const Words& words) {
  for (const containerfile::Pair& pair : label.pairs) {
    const std::string name = words.one(pair.name);
    if (name.empty())
      throw error_at(words.source(), pair.name.span, "the name of a label is empty");
    state.image.config.config.labels[name] = words.one(pair.value);
  }
  return state;
}

StageState apply(StageState state, const containerfile::User& user, const Words& words) {
  std::string name = words.one(user.user);
  if (name.empty()) throw error_at(words.source(), user.user.span, "the user of USER is empty");
  state.image.config.config.user = std::move(name);
  return state;
}

StageState apply(StageState state, const containerfile::Expose& expose, const Words& words) {
  for (const containerfile::Text& text : expose.ports)
    for (const std::string& word : words.split(text))
      containerfile::with_place(words.source(), text.span, [&] {
        for (const containerfile::Port& port : containerfile::parse_ports(word))
          state.image.config.config.exposed_ports.insert(port.text());
      });
  return state;
}

StageState apply(StageState state, const containerfile::Volume& volume, const Words& words) {
  for (const containerfile::Text& text : volume.paths) {
    std::string path = words.one(text);
    if (path.empty()) throw error_at(words.source(), text.span, "the path of a volume is empty");
    state.image.config.config.volumes.insert(std::move(path));
  }
  return state;
}

StageState apply(StageState state, const containerfile::StopSignal& given, const Words& words) {
  std::string signal = words.one(given.signal);
  if (!is_signal(signal))
    throw error_at(words.source(), given.signal.span,
                   fmt::format("\"{}\" is no signal: neither a number from 1 to {} nor a name",
                               signal, kMaxSignal),
                   "For example: STOPSIGNAL SIGTERM.");
  state.image.config.config.stop_signal = std::move(signal);
  return state;
}

StageState apply(StageState state, const containerfile::Maintainer& maintainer) {
  state.image.config.author = maintainer.name.text;
  return state;
}

}  // namespace modulah::builder
