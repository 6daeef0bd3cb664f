// The fixture's longer functions.
#include "fixture.h"

#include <fmt/format.h>

namespace modulah::test {

std::vector<std::string> BuildFixture::layer(const builder::BuildResult& result,
                                             std::size_t number) const {
  store::LayoutStore store(store_root(), store::Access::read);
  layer::TarReader reader(store, result.images.front().layers.at(number));
  std::vector<std::string> lines;
  while (const auto entry = reader.next()) {
    std::string line = fmt::format("{} {:o} {}:{} {}", to_string(entry->type), entry->mode,
                                   entry->uid, entry->gid, entry->path);
    if (!entry->link_target.empty()) line += " -> " + entry->link_target;
    std::string content(entry->size, '\0');
    std::size_t done = 0;
    while (done < content.size())
      done += reader.read(std::as_writable_bytes(std::span(content)).subspan(done));
    if (content.starts_with(std::string_view("\0asm", 4)))
      content = fmt::format("<module of {} bytes>", content.size());
    if (!content.empty()) line += " \"" + content + "\"";
    lines.push_back(line);
  }
  return lines;
}

}  // namespace modulah::test
