// Choosing the stage, and finding what is not supported.
#include "plan.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "modulah/containerfile/stages.h"

#include "words.h"

namespace modulah::builder {

namespace {

using containerfile::error_at;
using containerfile::SourceText;
using containerfile::Span;

Error unsupported(const SourceText& source, const Span& span, std::string_view message,
                  std::string hint) {
  return error_at(source, span, message, std::move(hint), ErrorKind::unsupported);
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

/// What is wrong with the base of a stage, or nothing.
std::optional<Error> problem_of_base(const SourceText& source, const containerfile::Text& written,
                                     const std::string& base, bool is_stage) {
  const Span& span = written.span;
  if (base == "scratch") return std::nullopt;
  if (base.empty())
    return error_at(source, span,
                    fmt::format("the base \"{}\" is empty after expansion", written.text),
                    "Give the variable a value with ARG before FROM, or with --build-arg.");
  if (is_stage)
    return unsupported(source, span,
                       fmt::format("a stage on top of the stage \"{}\" is not supported yet", base),
                       "Begin the stage with FROM scratch.");
  return unsupported(
      source, span,
      fmt::format("the base image \"{}\" is not supported yet; only scratch is", base),
      "A Wasm module needs no base: begin with FROM scratch and COPY the compiled "
      "module.");
}

oci::Platform platform_of(const SourceText& source, const containerfile::Text& text,
                          const std::string& value) {
  if (value.empty())
    throw error_at(source, text.span,
                   fmt::format("the platform \"{}\" is empty after expansion", text.text),
                   "Give the variable a value with ARG before FROM, or with --build-arg.");
  return containerfile::with_place(source, text.span, [&] { return oci::Platform::parse(value); });
}

/// What is not supported of an instruction, or nothing.
struct ProblemOf {
  const SourceText& source;
  const containerfile::Instruction& instruction;

  std::optional<Error> operator()(const containerfile::Run&) const {
    return unsupported(source, instruction.span,
                       "RUN is not supported yet: an image from scratch has no program to run",
                       "Compile the module before the build, then COPY it.");
  }
  std::optional<Error> operator()(const containerfile::Copy& copy) const {
    if (!copy.from) return std::nullopt;
    return unsupported(
        source, copy.from->span,
        fmt::format("copying from the stage or image \"{}\" is not supported yet", copy.from->text),
        "Compile the module before the build, and COPY it from the build context.");
  }
  std::optional<Error> operator()(const containerfile::Add& add) const {
    for (const containerfile::Text& word : add.sources)
      if (is_url(word.text)) return url_not_supported(source, word.span, word.text);
    if (add.checksum)
      return error_at(source, add.checksum->span, "--checksum is only for files from a URL");
    return std::nullopt;
  }
  template <typename Other>
  std::optional<Error> operator()(const Other&) const {
    return std::nullopt;
  }
};

/// Adds the Error that `action` throws, or returns what it gives.
template <typename Action>
auto noting(std::vector<Error>& problems, Action&& action)
    -> std::optional<std::invoke_result_t<Action>> {
  try {
    return action();
  } catch (const Error& error) {
    problems.push_back(error);
    return std::nullopt;
  }
}

}  // namespace

Plan make_plan(const containerfile::File& file, const containerfile::SourceText& source,
               const PlanOptions& options, const containerfile::Lookup& globals) {
  const containerfile::StageNames names = containerfile::name_stages(file, source, globals);
  const std::size_t number = find_target(names, source, options.target);
  const containerfile::Stage& stage = file.stages[number];
  const Words words(source, file.directives.escape, globals);
  const std::string& name = names.of(number);
  Plan plan{&stage, name.empty() ? std::to_string(number) : name, {}, {}};
  // A platform is refused whether or not its stage is built.
  for (const containerfile::Stage& other : file.stages) {
    if (!other.from.platform) continue;
    const auto platform = noting(plan.problems, [&] {
      return platform_of(source, *other.from.platform, words.one(*other.from.platform));
    });
    if (&other == &stage) plan.platform = platform;
  }
  const auto base = noting(plan.problems, [&] {
    return number == 0 && !options.from.empty() ? options.from : words.one(stage.from.image);
  });
  if (base)
    if (std::optional<Error> problem =
            problem_of_base(source, stage.from.image, *base, names.find(*base, number).has_value()))
      plan.problems.push_back(*std::move(problem));
  for (const containerfile::Instruction& instruction : stage.instructions)
    if (std::optional<Error> problem =
            std::visit(ProblemOf{source, instruction}, instruction.value))
      plan.problems.push_back(*std::move(problem));
  return plan;
}

bool is_url(std::string_view word) {
  constexpr std::array<std::string_view, 5> kSchemes = {"http://", "https://", "git://", "ssh://",
                                                        "git@"};
  return std::any_of(kSchemes.begin(), kSchemes.end(),
                     [&](std::string_view scheme) { return word.starts_with(scheme); });
}

Error url_not_supported(const containerfile::SourceText& source, const containerfile::Span& span,
                        std::string_view word) {
  return unsupported(source, span, fmt::format("adding from a URL is not supported yet: {}", word),
                     "Download the file into the build context before the build.");
}

}  // namespace modulah::builder
