// The templates of --format: Go's text/template over JSON records.
//
//   {{.Repository}}:{{.Tag}}
//   {{range $i, $name := .Names}}{{if $i}}, {{end}}{{$name | upper}}{{else}}none{{end}}
//
// All of the language but definitions of further templates (define, template, block), with the
// functions of Go and those of podman and docker (json, join, split, lower, upper, title, pad,
// truncate). The text comes from the command line and the records from images, which may be
// hostile: steps, depth and output are bounded.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace modulah::cli::templates {

class Template {
 public:
  /// Reads a template of at most 64 KiB. Throws Error usage with the place in the template.
  explicit Template(std::string text);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  /// What the template makes of `data`, which is ".". A field that a record does not have is an
  /// error that names those that it has; in maps of the user's (labels, annotations, volumes, …)
  /// and in whole documents a missing key is nil, as in Go. Throws Error usage, also when it takes
  /// more than a million steps or makes more than 16 MiB.
  [[nodiscard]] std::string fill(const nlohmann::ordered_json& data) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace modulah::cli::templates
