// --format: what commands print by templates (templates/template.h), for one record or for a list.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace modulah::cli {

/// What `text` makes of `record`, with a newline at its end unless `text` has one, as podman does.
/// Throws Error usage with the place in the template.
[[nodiscard]] std::string fill_template(const std::string& text,
                                        const nlohmann::ordered_json& record);

/// A list by a template, which is applied to each row; to the list as a whole when it begins with
/// "{{range", as in podman. With "table " before it, its columns, which tabs or single blanks
/// between fields separate, are aligned; and `headings`, a record with a text for each field, comes
/// first, unless it is null. Throws Error usage with the place in the template.
[[nodiscard]] std::string fill_rows(const std::string& text,
                                    const std::vector<nlohmann::ordered_json>& rows,
                                    const nlohmann::ordered_json& headings);

}  // namespace modulah::cli
