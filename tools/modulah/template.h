// The part of Go's templates that scripts use with --format: fields of a record.
//
// "{{.Repository}}:{{.Tag}}", "{{.Config.Cmd}}", "{{json .Config}}", and, because the keys of
// labels and annotations have dots in them, "{{index .Annotations \"a.b\"}}". What else the
// language has (range, if, pipes) is refused by name and not left standing.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace modulah::cli {

/// Fills `text` from `record`, an object. "\t" and "\n" written as two characters are a tab and a
/// newline. Values are printed as Go prints them: texts as they are, lists as "[a b]", maps as
/// "map[k:v]". Throws Error usage for what is not supported, and for a field that is not there,
/// naming those that are.
[[nodiscard]] std::string fill_template(std::string_view text,
                                        const nlohmann::ordered_json& record);

}  // namespace modulah::cli
