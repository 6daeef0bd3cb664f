// What is to be said about a Containerfile, a module or an image.
//
// Findings are values: rules look at data and never throw for what the user wrote, so one run tells
// everything. Whether a finding stops something is the caller's affair: `modulah validate` ends
// with 1 when there is an error among them, a build refuses some and tells the others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/containerfile/source.h"

namespace modulah::validate {

enum class Severity : std::uint8_t {
  error,    ///< It cannot work as it is.
  warning,  ///< It works, but not everywhere, or not as meant.
  note,     ///< Good to know.
};
/// "error", "warning" or "note".
[[nodiscard]] std::string_view to_string(Severity severity);

/// The rules. The names of those about the Containerfile are BuildKit's where it has the rule, so
/// that "# check=skip=NAME" means the same here.
enum class RuleId : std::uint8_t {
  // The Containerfile.
  syntax,
  check_directive,
  invalid_variable,
  stage_name_casing,
  from_as_casing,
  no_empty_continuation,
  consistent_instruction_casing,
  duplicate_stage_name,
  reserved_stage_name,
  json_args_recommended,
  invalid_json_form,
  maintainer_deprecated,
  undefined_arg_in_from,
  workdir_relative_path,
  undefined_var,
  multiple_instructions_disallowed,
  legacy_key_value_format,
  redundant_target_platform,
  secrets_used_in_arg_or_env,
  invalid_default_arg_in_from,
  from_platform_flag_const_disallowed,
  copy_ignored_file,
  expose_proto_casing,
  expose_invalid_format,
  invalid_definition_description,
  invalid_base_image_platform,
  invalid_platform,
  non_portable_stage_name,
  native_binary_copied,
  wasm_file_not_module,
  source_not_found,
  not_supported,
  cannot_build,
  // The module.
  invalid_module,
  entry_point_not_linked,
  entry_point_component,
  entry_point_no_start,
  entry_point_two_starts,
  entry_point_memory,
  entry_point_preview0,
  entry_point_imports,
  entry_point_extensions,
  entry_point_compiled_code,
  plugin_module,
  // The image.
  corrupt_image,
  no_entry_point,
  entry_point_missing,
  entry_point_not_file,
  shell_form,
  entry_point_not_module,
  entry_point_not_executable,
  entry_point_name,
  entry_point_relative,
  platform_unknown,
  variant_missing,
  variant_recommended,
  variant_value,
  annotation_key,
  annotation_format,
  run_oci_handler,
  path_variable,
  plugin_layer,
};

/// What a rule is about, and so its section in the documentation.
enum class RuleFamily : std::uint8_t { containerfile, module, image };

/// What is known of a rule; docs/rules.md is made of it.
struct Rule {
  RuleId id;
  RuleFamily family;
  std::string_view name;  ///< "ShellForm"; for "# check=skip=" and in messages.
  Severity severity;
  std::string_view summary;  ///< What it reports. One line without a full stop.
  std::string_view reason;   ///< Why that matters, in whole sentences.
  std::string_view advice;   ///< What to do, in whole sentences.
  /// It applies only where "# check=experimental=NAME" requests it.
  bool is_experimental = false;
};

/// All rules, in the order of RuleId.
[[nodiscard]] std::span<const Rule> all_rules();
[[nodiscard]] const Rule& rule_of(RuleId id);
/// The rule with exactly this name, or nothing.
[[nodiscard]] std::optional<RuleId> find_rule(std::string_view name);

struct Finding {
  RuleId rule;
  Severity severity;         ///< The rule's, or what the Containerfile's "# check=" makes of it.
  std::string subject;       ///< What it is about: "Containerfile", "/app.wasm", "image".
  containerfile::Span span;  ///< Of the Containerfile; no place for others.
  std::string message;       ///< Follows the place: "exports no _start function".
  std::string hint;          ///< A whole sentence, or empty.
  /// Lines of the Containerfile with a caret below the place: for errors of the syntax.
  std::string excerpt = {};
  std::string platform = {};  ///< "linux/arm64", when it is not about all that was looked at.
};

/// A finding with its rule's severity.
[[nodiscard]] Finding make_finding(RuleId rule, std::string subject, std::string message,
                                   std::string hint = {}, containerfile::Span span = {});

/// What an Error says, as a finding, with its excerpt. Where its message begins with `subject`,
/// that is left out, and a place in the Containerfile (":LINE[:COLUMN]") after it becomes the span.
[[nodiscard]] Finding finding_of(const Error& error, RuleId rule, std::string subject);

/// "SUBJECT[:LINE[:COLUMN]]".
[[nodiscard]] std::string place_of(const Finding& finding);
/// "SUBJECT[:LINE[:COLUMN]]: MESSAGE [(PLATFORM) ][RULE]", on one line.
[[nodiscard]] std::string to_text(const Finding& finding);
/// The same with the severity: "SUBJECT[:LINE[:COLUMN]]: error: MESSAGE [RULE]".
[[nodiscard]] std::string to_line(const Finding& finding);

/// Adds the findings about an image to those about its Containerfile. A rule that has spoken about
/// the Containerfile, where it can name the line, says nothing about the image too.
void add_image_findings(std::vector<Finding>& findings, std::vector<Finding> of_image);

}  // namespace modulah::validate
