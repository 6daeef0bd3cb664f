// Colour for people at a terminal.
//
// Messages are made as plain lines whose forms are few: "modulah: error: …", "hint: …", a caret
// below a line of source, "STEP 1/3: …". So colour is put in at the very end, by the form of the
// line, and nothing that makes messages knows about it. What comes from outside has been made
// printable() before, and cannot begin a line of its own.
#pragma once

#include <string>
#include <string_view>

#include "world.h"

namespace modulah::cli {

enum class ColorMode { automatic, always, never };

/// Reads "auto", "always" or "never"; anything else, also empty, is automatic.
[[nodiscard]] ColorMode parse_color_mode(std::string_view text);

/// Whether a stream gets colour. Automatic is: not with NO_COLOR; with CLICOLOR_FORCE other than 0;
/// else at a terminal, but not with CLICOLOR=0 and not when TERM is "dumb".
/// https://no-color.org https://bixense.com/clicolors
[[nodiscard]] bool wants_color(const World& world, ColorMode mode, bool is_terminal);

/// Lines for stderr with colour: labels, names in double quotes, carets, steps.
[[nodiscard]] std::string colored_messages(std::string_view text);
/// A page of help with its headings in bold.
[[nodiscard]] std::string colored_help(std::string_view text);

}  // namespace modulah::cli
