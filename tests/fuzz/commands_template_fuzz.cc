// A template and, after its first line, the record that it is filled from: a text or an Error, for
// one record and for a list.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

#include "print.h"
#include "template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  // Documents are never deeper (oci::kMaxNesting).
  const auto is_shallow = [](int depth, auto, const auto&) { return depth < 30; };
  auto record = nlohmann::ordered_json::parse(text.substr(std::min(end + 1, size)), is_shallow,
                                              /*allow_exceptions=*/false);
  if (record.is_discarded()) record = {{"Id", "a\x1b[0m"}, {"List", {1, "b"}}};
  (void)cli::table({{std::string(text), "b"}, {"c", std::string(text.substr(end))}});
  try {
    const std::string pattern(text.substr(0, end));
    for (const char c : printable(cli::fill_template(pattern, record)))
      if (static_cast<unsigned char>(c) < ' ') std::abort();
    (void)cli::fill_rows(pattern, {record, record}, {{"Id", "ID"}, {"List", "LIST"}});
  } catch (const Error&) {
  }
  return 0;
}
