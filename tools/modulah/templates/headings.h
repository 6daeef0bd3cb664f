// The headings of a table that a template makes.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace modulah::cli::templates {

/// The template with each action replaced by the heading of the first field in it: "{{.ID}}\t{{json
/// .Labels}}" gives "IMAGE ID\tLABELS". `headings` is a record of texts. Throws Error usage as
/// Template does for a malformed template.
[[nodiscard]] std::string fill_headings(const std::string& text,
                                        const nlohmann::ordered_json& headings);

}  // namespace modulah::cli::templates
