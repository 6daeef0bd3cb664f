// Chooses the validator and turns its errors into findings.
#include "modulah/images/module_validator.h"

#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/wasm/optimizer.h"

namespace modulah::images {

ModuleReport ModuleValidator::check(std::span<const std::byte> bytes, const std::string& subject) {
  ModuleReport report;
  try {
    wasm::Summary summary = wasm::summarize(bytes, subject, wasm::Depth::headers);
    // Object files, which are to be linked, have forms of their own that engines do not accept.
    if (summary.role != wasm::Role::object_file) validate(bytes, subject, summary.kind);
    report.summary = std::move(summary);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid) throw;
    report.findings.push_back(
        validate::finding_of(error, validate::RuleId::invalid_module, subject));
  }
  return report;
}

void ModuleValidator::validate(std::span<const std::byte> bytes, const std::string& subject,
                               wasm::BinaryKind kind) {
  load_engine();
  if (engine_) {
    reporter_.debug(
        fmt::format("{}: validating with Wasmtime, {}", subject, engine_->library().native()));
    engine_->validate(bytes, subject);
    return;
  }
  if (kind == wasm::BinaryKind::module) {
    try {
      wasm::validate_with_binaryen(bytes, subject, optimizer_);
      reporter_.debug(fmt::format("{}: validated with Binaryen", subject));
      return;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::unsupported) throw;
      reporter_.debug(error.message());
    }
  }
  reporter_.warning(
      fmt::format("{}: only its structure was checked: no engine validates it here", subject));
}

void ModuleValidator::load_engine() {
  if (is_loaded_) return;
  is_loaded_ = true;
  try {
    engine_ = wasm::Engine::load(wasmtime_libraries_);
    engine_->compile_in(compile_worker_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::unsupported) throw;
    reporter_.debug(error.message());
  }
}

}  // namespace modulah::images
