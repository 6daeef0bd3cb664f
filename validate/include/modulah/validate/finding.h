// What is to be said about a Containerfile, a module or an image.
//
// Findings are values: rules look at data and never throw for what the user wrote, so one run tells
// everything. Whether a finding stops something is the caller's affair.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "modulah/containerfile/source.h"

namespace modulah::validate {

enum class Severity : std::uint8_t {
  error,    ///< It cannot work as it is.
  warning,  ///< It works, but not everywhere, or not as meant.
  note,     ///< Good to know.
};
/// "error", "warning" or "note".
[[nodiscard]] std::string_view to_string(Severity severity);

/// The rules. The names of those about the Containerfile are BuildKit's, so that
/// "# check=skip=NAME" means the same here.
enum class RuleId : std::uint8_t {
  // The Containerfile.
  stage_name_casing,
  from_as_casing,
  no_empty_continuation,
  consistent_instruction_casing,
  duplicate_stage_name,
  reserved_stage_name,
  json_args_recommended,
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
  invalid_json_form,
  // The image.
  no_entry_point,
  entry_point_missing,
  entry_point_not_file,
  shell_form,
  entry_point_not_module,
  entry_point_not_executable,
  entry_point_name,
  entry_point_component,
  entry_point_no_start,
  entry_point_not_linked,
  entry_point_imports,
  entry_point_preview0,
  platform_unknown,
  variant_missing,
  variant_value,
  annotation_key,
  annotation_format,
  run_oci_handler,
  path_variable,
};

/// What is known of a rule.
struct Rule {
  RuleId id;
  std::string_view name;  ///< "ShellForm"
  Severity severity;
  std::string_view summary;  ///< One line.
  std::string_view reason;   ///< Why it matters, whole sentences.
};

/// All rules, in the order of RuleId.
[[nodiscard]] std::span<const Rule> all_rules();
[[nodiscard]] const Rule& rule_of(RuleId id);

struct Finding {
  RuleId rule;
  Severity severity;         ///< The rule's, or what the Containerfile's "# check=" makes of it.
  std::string subject;       ///< What it is about: "Containerfile", "/app.wasm", "image".
  containerfile::Span span;  ///< Of the Containerfile; no place for others.
  std::string message;
  std::string hint;  ///< A whole sentence, or empty.
};

/// A finding with its rule's severity.
[[nodiscard]] Finding make_finding(RuleId rule, std::string subject, std::string message,
                                   std::string hint = {}, containerfile::Span span = {});

/// "SUBJECT[:LINE[:COLUMN]]: MESSAGE [RULE]", on one line.
[[nodiscard]] std::string to_text(const Finding& finding);

}  // namespace modulah::validate
