// The parts of URLs that decide where passwords may be sent.
#pragma once

#include <string>
#include <string_view>

namespace modulah::registry {

/// Of "https://ana:x@Host:5000/path?query": scheme "https", authority "host:5000" (lower case,
/// without user), target "/path?query".
struct Url {
  std::string scheme;
  std::string authority;  ///< Empty when the text is not an absolute URL.
  std::string target;     ///< Begins with "/"; no fragment.

  /// "https://host:5000".
  [[nodiscard]] std::string origin() const { return scheme + "://" + authority; }
  [[nodiscard]] std::string text() const { return origin() + target; }
};

[[nodiscard]] Url parse_url(std::string_view text);

/// Resolves `location`, absolute or relative, against `base`. Throws Error corrupt when the result
/// is neither http nor https.
[[nodiscard]] Url resolve_location(const Url& base, std::string_view location);

/// `url` with "`name`=`value`" appended after "?" or "&"; the value is percent-encoded.
[[nodiscard]] std::string with_parameter(std::string url, std::string_view name,
                                         std::string_view value);

/// Host of "host[:port]": without port and brackets.
[[nodiscard]] std::string_view host_of(std::string_view authority);

}  // namespace modulah::registry
