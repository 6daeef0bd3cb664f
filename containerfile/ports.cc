// EXPOSE's ports.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/containerfile/values.h"

#include "characters.h"

namespace modulah::containerfile {

namespace {

struct Range {
  unsigned first = 0;
  unsigned last = 0;
};

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::invalid, fmt::format("port {} {}", in_quotes(text), why),
              "Write a number, a range or either with a protocol: 80, 3000-3005, 53/udp.");
}

unsigned parse_number(std::string_view number, std::string_view text) {
  unsigned value = 0;
  const char* end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value > 0xFFFF)
    refuse(text, fmt::format("has {} where a number up to 65535 is expected", in_quotes(number)));
  return value;
}

Range parse_range(std::string_view range, std::string_view text) {
  const std::size_t dash = range.find('-');
  Range result;
  result.first = parse_number(range.substr(0, dash), text);
  result.last =
      dash == std::string_view::npos ? result.first : parse_number(range.substr(dash + 1), text);
  if (result.last < result.first) refuse(text, "has a range that ends before it starts");
  return result;
}

std::string parse_protocol(std::string_view protocol, std::string_view text) {
  const std::string name = protocol.empty() ? "tcp" : lower(protocol);
  if (name != "tcp" && name != "udp" && name != "sctp")
    refuse(text,
           fmt::format("has the protocol {}, which is not tcp, udp or sctp", in_quotes(protocol)));
  return name;
}

/// Checks what docker allows before the container's port, and an image cannot hold.
void check_host(std::string_view host, std::string_view text) {
  const std::size_t colon = host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? host : host.substr(colon + 1);
  if (!port.empty()) (void)parse_range(port, text);
  if (colon == std::string_view::npos) return;
  const std::string_view address = host.substr(0, colon);
  const bool is_address = std::all_of(address.begin(), address.end(), [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f') || c == '.' || c == ':' ||
           c == '[' || c == ']';
  });
  if (!is_address) refuse(text, fmt::format("has the malformed address {}", in_quotes(address)));
}

}  // namespace

std::string Port::text() const { return fmt::format("{}/{}", number, protocol); }

std::vector<Port> parse_ports(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::string_view protocol;
  if (const std::size_t slash = port.find('/'); slash != std::string_view::npos) {
    protocol = port.substr(slash + 1);
    port = port.substr(0, slash);
  }
  if (port.empty()) refuse(text, "has no number");
  const Range range = parse_range(port, text);
  const std::string name = parse_protocol(protocol, text);
  if (colon != std::string_view::npos) check_host(text.substr(0, colon), text);
  std::vector<Port> ports;
  for (unsigned number = range.first; number <= range.last; ++number)
    ports.push_back({static_cast<std::uint16_t>(number), name});
  return ports;
}

}  // namespace modulah::containerfile
