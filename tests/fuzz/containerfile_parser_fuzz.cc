// A Containerfile from anywhere: both trees are made and printed, or an Error is thrown; and what
// is printed for an instruction can be read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "modulah/base/error.h"
#include "modulah/containerfile/parser.h"
#include "modulah/containerfile/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace modulah;
  const containerfile::SourceText source("f",
                                         std::string(reinterpret_cast<const char*>(data), size));
  try {
    (void)containerfile::parse_directives(source);
  } catch (const Error&) {
  }
  try {
    std::vector<containerfile::Warning> warnings;
    (void)containerfile::dump(containerfile::parse_nodes(source, &warnings));
    const containerfile::File file = containerfile::parse(source);
    for (const auto& stage : file.stages) {
      (void)containerfile::to_text(stage.from);
      for (const auto& instruction : stage.instructions) {
        (void)containerfile::to_text(instruction);
        if (source.excerpt(instruction.span).empty()) std::abort();
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
