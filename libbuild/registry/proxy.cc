// Evaluates the usual proxy variables.
#include "proxy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "modulah/base/ascii.h"
#include "modulah/registry/repository.h"

namespace modulah::registry {

namespace {

constexpr std::array<std::string_view, 6> kSchemes = {"http",    "https",  "socks4",
                                                      "socks4a", "socks5", "socks5h"};

/// The bytes of an IPv4 or IPv6 address, or nothing.
std::optional<std::vector<std::uint8_t>> parse_address(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1)
    return std::vector<std::uint8_t>(bytes.begin(), bytes.begin() + 4);
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1)
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  return std::nullopt;
}

/// True when the first `bits` of both are the same.
bool is_same_prefix(const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other,
                    unsigned bits) {
  if (one.size() != other.size() || bits > 8 * one.size()) return false;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((one[bit / 8] ^ other[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

/// True when `host` is an address in a block like "10.0.0.0/8".
bool is_in_block(std::string_view host, std::string_view block) {
  const std::size_t slash = block.find('/');
  const auto address = parse_address(host);
  const auto network = parse_address(block.substr(0, slash));
  unsigned bits = 0;
  const std::string_view length = block.substr(slash + 1);
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size()) return false;
  return address && network && is_same_prefix(*address, *network, bits);
}

/// "5000" of "host:5000" or "[::1]:5000", or empty. An address without brackets has no port.
std::string_view port_of(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return {};
  const bool is_bare_address = !authority.starts_with('[') && authority.find(':') != colon;
  if (is_bare_address || authority.find(']', colon) != std::string_view::npos) return {};
  return authority.substr(colon + 1);
}

/// The host of an entry, which may be an IPv6 address without brackets.
std::string_view host_of_entry(std::string_view entry) {
  return entry.starts_with('[') || !port_of(entry).empty() ? host_of(entry) : entry;
}

bool is_match(std::string_view entry, std::string_view host, std::string_view port) {
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return is_in_block(host, entry);
  if (const std::string_view wanted = port_of(entry); !wanted.empty() && wanted != port)
    return false;
  std::string_view name = host_of_entry(entry);
  if (name.starts_with("*")) name.remove_prefix(1);
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.empty()) return false;
  if (const auto address = parse_address(host)) return address == parse_address(name);
  if (!host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

}  // namespace

bool is_excluded(std::string_view no_proxy, std::string_view authority) {
  const std::string entries = lower(no_proxy);
  const std::string whole = lower(authority);
  std::string_view host = host_of(whole);
  if (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view kBetween = ", \t";
  for (std::size_t begin = 0; begin < entries.size();) {
    const std::size_t end = std::min(entries.find_first_of(kBetween, begin), entries.size());
    if (end != begin &&
        is_match(std::string_view(entries).substr(begin, end - begin), host, port_of(whole)))
      return true;
    begin = end + 1;
  }
  return false;
}

std::string proxy_name(std::string_view proxy) {
  if (const std::size_t scheme = proxy.find("://"); scheme != std::string_view::npos)
    proxy.remove_prefix(scheme + 3);
  // The last "@": a password may contain one, and an unencoded "/".
  if (const std::size_t at = proxy.rfind('@'); at != std::string_view::npos)
    proxy.remove_prefix(at + 1);
  proxy = proxy.substr(0, proxy.find('/'));
  return std::string(proxy);
}

std::string choose_proxy(const CurlOptions& options, const Url& url) {
  const bool is_tls = url.scheme == "https";
  const std::string& proxy = is_tls ? options.https_proxy : options.http_proxy;
  if (proxy.empty() || is_loopback(url.authority)) return {};
  // An implied port counts when an entry has one.
  const std::string_view usual = is_tls ? ":443" : ":80";
  const std::string authority =
      port_of(url.authority).empty() ? url.authority + std::string(usual) : url.authority;
  if (is_excluded(options.no_proxy, authority)) return {};
  const std::size_t end = proxy.find("://");
  const std::string scheme = end == std::string::npos ? "http" : lower(proxy.substr(0, end));
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) == kSchemes.end())
    throw Error(ErrorKind::invalid,
                fmt::format("the proxy {} has the scheme \"{}\"", proxy_name(proxy), scheme),
                "Supported are http, https, socks4, socks4a, socks5 and socks5h.");
  return proxy;
}

}  // namespace modulah::registry
