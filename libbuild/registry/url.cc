// Parses URLs and resolves Locations.
#include "url.h"

#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/base/error.h"
#include "modulah/registry/repository.h"

namespace modulah::registry {

namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~' || c == '/' || c == ',';
}

/// True for a character that is not allowed in a header line or a URL.
bool is_forbidden(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

}  // namespace

Url parse_url(std::string_view text) {
  Url url;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return url;
  for (const char c : text)
    if (is_forbidden(c)) return url;
  url.scheme = lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  // The last "@": a user name may contain an unencoded one.
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  url.authority = lower(authority);
  url.target = rest.substr(end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

Url resolve_location(const Url& base, std::string_view location) {
  Url url;
  if (location.starts_with("//"))
    url = parse_url(fmt::format("{}:{}", base.scheme, location));
  else if (location.starts_with('/'))
    url = parse_url(base.origin() + std::string(location));
  else if (location.find("://") < location.find_first_of("/?"))
    url = parse_url(location);
  else
    url = parse_url(base.origin() +
                    base.target.substr(0, base.target.find('?'))
                        .substr(0, base.target.substr(0, base.target.find('?')).rfind('/') + 1) +
                    std::string(location));
  if (url.authority.empty() || (url.scheme != "http" && url.scheme != "https"))
    throw Error(
        ErrorKind::corrupt,
        fmt::format("{} redirects to a Location that is not an http or https URL", base.authority));
  return url;
}

std::string with_parameter(std::string url, std::string_view name, std::string_view value) {
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += name;
  url += '=';
  for (const char c : value)
    url += is_plain(c) || c == ':' ? std::string(1, c)
                                   : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return url;
}

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    return authority.substr(1, end == std::string_view::npos ? end : end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view registry) {
  const std::string host = lower(host_of(registry));
  if (host == "localhost" || host.ends_with(".localhost") || host == "::1") return true;
  // 127.0.0.0/8, but not a name that only begins like it.
  if (!host.starts_with("127.")) return false;
  return host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace modulah::registry
