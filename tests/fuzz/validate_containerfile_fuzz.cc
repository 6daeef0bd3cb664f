// The rules never throw for what is in a Containerfile that can be parsed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "modulah/base/error.h"
#include "modulah/containerfile/parser.h"
#include "modulah/validate/containerfile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  const containerfile::SourceText source("f",
                                         std::string(reinterpret_cast<const char*>(data), size));
  std::vector<containerfile::Warning> warnings;
  std::optional<containerfile::File> file;
  try {
    file = containerfile::parse(source, &warnings);
  } catch (const Error&) {
    return 0;
  }
  const containerfile::IgnoreRules ignore = containerfile::IgnoreRules::parse("*.o\n!a.o\n");
  for (const validate::Finding& finding : validate::check_containerfile(
           {*file, source, warnings, &ignore, {{"a", "b"}}, {"wasi", "wasm", {}, {}, {}}}))
    (void)to_line(finding);
  return 0;
}
