// Choosing the stage, and refusing what is not there yet.
#include "modulah/builder/plan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/containerfile/stages.h"
#include "modulah/oci/platform.h"

namespace modulah::builder {

namespace {

using containerfile::error_at;
using containerfile::SourceText;
using containerfile::Span;

[[noreturn]] void throw_unsupported(const SourceText& source, const Span& span,
                                    std::string_view message, std::string hint) {
  throw error_at(source, span, message, std::move(hint), ErrorKind::unsupported);
}

std::size_t find_target(const containerfile::StageNames& names, const SourceText& source,
                        const std::string& target) {
  if (target.empty()) return names.size() - 1;
  if (const auto found = names.find(target, names.size())) return *found;
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!names.of(i).empty()) list += (list.empty() ? "" : ", ") + names.of(i);
  throw Error(ErrorKind::invalid, fmt::format("{} has no stage \"{}\"", source.name(), target),
              list.empty() ? "Its stages have no names; --target takes their number, from 0."
                           : fmt::format("Its stages are: {}.", list));
}

/// Refuses a --platform that is not one, whether or not its stage is built.
void check_platform(const containerfile::File& file, const SourceText& source,
                    const containerfile::From& from, const containerfile::Lookup& globals) {
  if (!from.platform) return;
  containerfile::with_place(source, from.platform->span, [&] {
    const std::string platform =
        containerfile::expand_word(from.platform->text, globals, file.directives.escape).text;
    (void)oci::Platform::parse(platform);
  });
}

void check_base(const containerfile::File& file, const SourceText& source, std::size_t number,
                const containerfile::StageNames& names, const containerfile::Lookup& globals) {
  const containerfile::From& from = file.stages[number].from;
  const std::string base = containerfile::with_place(source, from.image.span, [&] {
    return containerfile::expand_word(from.image.text, globals, file.directives.escape).text;
  });
  if (base == "scratch") return;
  if (base.empty())
    throw error_at(source, from.image.span,
                   fmt::format("the base \"{}\" is empty after expansion", from.image.text),
                   "Give the variable a value with ARG before FROM, or with --build-arg.");
  if (names.find(base, number))
    throw_unsupported(source, from.image.span,
                      fmt::format("a stage on top of the stage \"{}\" is not supported yet", base),
                      "Begin the stage with FROM scratch.");
  throw_unsupported(
      source, from.image.span,
      fmt::format("the base image \"{}\" is not supported yet; only scratch is", base),
      "A Wasm module needs no base: begin with FROM scratch and COPY the compiled "
      "module.");
}

bool is_url(std::string_view word) {
  constexpr std::array<std::string_view, 5> kSchemes = {"http://", "https://", "git://", "ssh://",
                                                        "git@"};
  return std::any_of(kSchemes.begin(), kSchemes.end(),
                     [&](std::string_view scheme) { return word.starts_with(scheme); });
}

/// Refuses an instruction that cannot be carried out yet.
struct CheckInstruction {
  const SourceText& source;
  const containerfile::Instruction& instruction;

  void operator()(const containerfile::Run&) const {
    throw_unsupported(source, instruction.span,
                      "RUN is not supported yet: an image from scratch has no program to run",
                      "Compile the module before the build, then COPY it.");
  }
  void operator()(const containerfile::Copy& copy) const {
    if (copy.from)
      throw_unsupported(source, copy.from->span,
                        fmt::format("copying from the stage or image \"{}\" is not supported yet",
                                    copy.from->text),
                        "Compile the module before the build, and COPY it from the build context.");
  }
  void operator()(const containerfile::Add& add) const {
    for (const containerfile::Text& word : add.sources)
      if (is_url(word.text))
        throw_unsupported(source, word.span,
                          fmt::format("adding from a URL is not supported yet: {}", word.text),
                          "Download the file into the build context before the build.");
    if (add.checksum)
      throw error_at(source, add.checksum->span, "--checksum is for files from a URL");
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

}  // namespace

Plan make_plan(const containerfile::File& file, const containerfile::SourceText& source,
               const std::string& target, const containerfile::Lookup& globals) {
  const containerfile::StageNames names = containerfile::name_stages(file, source, globals);
  const std::size_t number = find_target(names, source, target);
  for (const containerfile::Stage& stage : file.stages)
    check_platform(file, source, stage.from, globals);
  check_base(file, source, number, names, globals);
  const containerfile::Stage& stage = file.stages[number];
  for (const containerfile::Instruction& instruction : stage.instructions)
    std::visit(CheckInstruction{source, instruction}, instruction.value);
  return {&stage, names.of(number).empty() ? std::to_string(number) : names.of(number)};
}

}  // namespace modulah::builder
