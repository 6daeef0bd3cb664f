// Which proxy is used for a host.
//
// libcurl could decide this itself, but its rules have changed between versions, and an error
// message has to say whether the registry or a proxy did not answer.
#pragma once

#include <string>
#include <string_view>

#include "modulah/registry/curl_transport.h"

#include "url.h"

namespace modulah::registry {

/// The proxy for a URL; empty for a direct connection, which is always used for loopback hosts.
/// Throws Error invalid for a proxy with an unknown scheme; the message does not have its password.
[[nodiscard]] std::string choose_proxy(const CurlOptions& options, const Url& url);

/// True when `no_proxy` has `authority` ("host[:port]") in it: "*"; a host or a domain with all
/// below it, with or without "." or "*." in front; an address or a block of them ("10.0.0.0/8");
/// each may have a port. Entries are separated by commas or spaces.
[[nodiscard]] bool is_excluded(std::string_view no_proxy, std::string_view authority);

/// "host:port" of a proxy's URL, without a user and password.
[[nodiscard]] std::string proxy_name(std::string_view proxy);

}  // namespace modulah::registry
