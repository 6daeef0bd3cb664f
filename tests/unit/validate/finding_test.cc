// Findings as lines, out of errors, and together.
#include "modulah/validate/finding.h"

#include "modulah/base/error.h"

#include "findings.h"
#include "modulah_test/catch.h"

using modulah::Error;
using modulah::ErrorKind;
using modulah::validate::Finding;
using modulah::validate::finding_of;
using modulah::validate::make_finding;
using modulah::validate::RuleId;
using modulah::validate::test::text_of;

TEST_CASE("A finding is a line with place, severity, message and rule") {
  CHECK(to_line(make_finding(RuleId::shell_form, "Containerfile", "is so", "Do it.",
                             {3, 4, 9, 2})) == "Containerfile:3:9: error: is so [ShellForm]");
  CHECK(to_text(make_finding(RuleId::entry_point_name, "/app", "is so")) ==
        "/app: is so [EntryPointName]");
}

TEST_CASE("An Error becomes a finding, and its place the finding's") {
  const auto line_of = [](const char* message) {
    return to_line(finding_of(Error(ErrorKind::invalid, message), RuleId::syntax, "Containerfile"));
  };
  CHECK(line_of("Containerfile:3:9: unknown flag") ==
        "Containerfile:3:9: error: unknown flag [Syntax]");
  CHECK(line_of("Containerfile:3: unknown flag") ==
        "Containerfile:3: error: unknown flag [Syntax]");
  CHECK(line_of("Containerfile: has no instruction") ==
        "Containerfile: error: has no instruction [Syntax]");
  CHECK(line_of("no such file") == "Containerfile: error: no such file [Syntax]");
  CHECK(line_of("Containerfile2: no such file") ==
        "Containerfile: error: Containerfile2: no such file [Syntax]");
  const Finding finding = finding_of(
      Error(ErrorKind::invalid, "app.wasm: byte 0x1a: type mismatch", "Compile it anew."),
      RuleId::invalid_module, "app.wasm");
  CHECK(text_of({finding}) ==
        "app.wasm: error: byte 0x1a: type mismatch [InvalidModule]\n  Compile it anew.\n");
}

TEST_CASE("What the Containerfile's findings say is not said about the image again") {
  std::vector<Finding> findings = {
      make_finding(RuleId::shell_form, "Containerfile", "line", "", {2, 2, 0, 0}),
      make_finding(RuleId::entry_point_name, "/app", "earlier")};
  add_image_findings(findings, {make_finding(RuleId::shell_form, "image", "again"),
                                make_finding(RuleId::entry_point_name, "/b", "other"),
                                make_finding(RuleId::path_variable, "image", "new"),
                                make_finding(RuleId::path_variable, "image", "newer")});
  CHECK(text_of(findings) ==
        "Containerfile:2: error: line [ShellForm]\n"
        "/app: warning: earlier [EntryPointName]\n"
        "/b: warning: other [EntryPointName]\n"
        "image: note: new [PathVariable]\n"
        "image: note: newer [PathVariable]\n");
}
