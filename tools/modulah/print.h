// Writing to stdout and stderr. Results go to stdout, all else to stderr.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "modulah/base/error.h"
#include "modulah/base/human.h"

namespace modulah::cli {

/// Thrown when whoever reads stdout has gone: nothing is left to do, and nothing is wrong.
class OutputGone : public std::exception {};

/// Writes to stdout. Throws OutputGone, or Error io (a full disk behind a redirection). What a
/// terminal would obey instead of showing it is written as an escape, when stdout is a terminal; a
/// program that reads gets the text as it is.
void print(std::string_view text);
/// Writes to stderr as it is: what comes from outside goes through printable() first. Never throws.
void print_error(std::string_view text) noexcept;
/// Whether stderr and help pages get colour from now on (color.h); at first neither does. Said once
/// by main, as these streams are one for the whole program.
void use_colors(bool is_error_colored, bool is_output_colored);
/// Writes lines to stderr that are printable() already, with colour when that is used. Never throws
/// but for lack of memory.
void print_message(std::string_view text);
/// Writes a page of help to stdout, with colour when that is used. Throws as `print`.
void print_help(std::string_view text);
/// What went wrong: message, excerpt, hint, each on lines of its own.
[[nodiscard]] std::string failure_text(const Error& error);
/// Says it on stderr.
void print_failure(const Error& error);
/// Makes sure that all of stdout was taken. Throws as `print`.
void flush_output();

/// JSON as text, on one line when `indent` is negative. Bytes that are no UTF-8, as names of files
/// may have, become U+FFFD: JSON has no other way to say them. What a terminal would obey is
/// escaped.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json, int indent = -1);
/// Columns set to their widest cell, two spaces apart, the last one unpadded. Cells are made
/// printable(), so that each row is one line.
[[nodiscard]] std::string table(std::vector<std::vector<std::string>> rows);
/// How long ago for people: "3 hours ago"; "unknown" for an empty or malformed RFC 3339 time, and
/// for 1970, which says that an image is reproducible.
[[nodiscard]] std::string human_age(std::string_view created, std::int64_t now);
/// The same for a number of seconds: "3 hours ago", "just now".
[[nodiscard]] std::string human_ago(std::int64_t seconds);
/// An RFC 3339 time in seconds since 1970; nothing when it is malformed.
[[nodiscard]] std::optional<std::int64_t> unix_time(std::string_view rfc3339);
/// Seconds since 1970 as RFC 3339, in UTC: "2026-11-25T10:00:00Z"; empty for 0.
[[nodiscard]] std::string rfc3339(std::int64_t unix_time);

}  // namespace modulah::cli
