// The small languages inside the Containerfile's words: ports, durations, modes, owners, names.
//
// Each takes an expanded text and gives a value, or throws Error: invalid that names the text, what
// is wrong with it and what would be right. None knows a place: see with_place() in source.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/nearest.h"

namespace modulah::containerfile {

/// A port of EXPOSE.
struct Port {
  std::uint16_t number = 0;
  std::string protocol;  ///< In lower case: tcp, udp or sctp.

  /// As in an image's configuration, e.g. "80/tcp".
  [[nodiscard]] std::string text() const;
  bool operator==(const Port&) const = default;
};

/// Reads "80", "80/udp", "3000-3005" and docker's "IP:HOST:80"; address and host port are dropped.
/// Gives the ports of a range one by one, in order.
[[nodiscard]] std::vector<Port> parse_ports(std::string_view text);

/// Reads a duration as Go writes it: "1m30s", "1.5h", "0". Units: ns us ms s m h.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text);

/// What --chmod asks for: an octal mode, or changes to the mode a file has.
class ModeChange {
 public:
  /// Reads up to four octal digits ("0755") or a list of changes ("u=rwX,go=rX", "+x").
  [[nodiscard]] static ModeChange parse(std::string_view text);

  /// The permission bits (07777) of a file that had `mode`. Symbolic changes keep what they do not
  /// name; "X" sets execution for directories and for what anybody may execute already.
  [[nodiscard]] std::uint32_t apply(std::uint32_t mode, bool is_directory) const;

 private:
  enum class Action : std::uint8_t { add, remove, set };
  struct Step {
    std::uint32_t who = 0;          ///< The bits of 07777 that the step is about.
    std::uint32_t permissions = 0;  ///< Of 07777, in all classes alike, without those of X.
    std::uint32_t copied_from =
        0;  ///< The classes that bits are copied from ("g=u"): 0700, 0070, 0007.
    Action action = Action::set;
    bool has_conditional_execute = false;
  };
  void parse_clause(std::string_view clause, std::string_view text);
  static void add_permission(Step& step, char c, std::string_view text);
  static bool is_action(char c);

  bool is_octal_ = false;
  std::uint32_t octal_ = 0;
  std::vector<Step> steps_;
};

/// Reads the value of SOURCE_DATE_EPOCH: seconds since 1970, up to the year 9999.
[[nodiscard]] std::int64_t parse_epoch(std::string_view text);

/// The numeric owner of --chown.
struct Owner {
  std::uint32_t user = 0;
  std::uint32_t group = 0;

  bool operator==(const Owner&) const = default;
};

/// Reads "UID" (the group has the same number) or "UID:GID". Names are an Error that says why:
/// there is no /etc/passwd in an image made from scratch.
[[nodiscard]] Owner parse_owner(std::string_view text);

/// Does every builder take this name of a stage? A letter, then letters, digits, "-", "_" and ".";
/// case does not matter. buildah takes other names too.
[[nodiscard]] bool is_stage_name(std::string_view text);

using modulah::nearest;

}  // namespace modulah::containerfile
