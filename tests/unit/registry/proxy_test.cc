// Proxies: which hosts use one.
#include "proxy.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::registry;

TEST_CASE("no_proxy names hosts, domains, addresses and blocks") {
  struct Case {
    const char* no_proxy;
    const char* authority;
    bool is_excluded;
  };
  constexpr Case kCases[] = {
      {"", "r.test", false},
      {"*", "r.test:5000", true},
      {"r.test", "r.test", true},
      {"r.test", "R.TEST:443", true},
      {"r.test", "a.r.test", true},
      {"r.test", "other.test", false},
      {"r.test", "bar.test", false},
      {".r.test", "a.r.test", true},
      {".r.test", "r.test", true},
      {"*.r.test", "a.b.r.test", true},
      {"*.r.test", "xr.test", false},
      {"R.Test", "r.test", true},
      {"r.test", "r.test.", true},
      {"a.test, r.test", "r.test", true},
      {"a.test r.test", "r.test", true},
      {",, ,", "r.test", false},
      {".", "r.test", false},
      {"r.test:5000", "r.test:5000", true},
      {"r.test:5000", "r.test:443", false},
      {"10.1.2.3", "10.1.2.3:5000", true},
      {"10.1.2.3", "10.1.2.30", false},
      {"2.3", "10.1.2.3", false},
      {"10.0.0.0/8", "10.1.2.3", true},
      {"10.0.0.0/8", "11.1.2.3", false},
      {"10.0.0.0/8", "10.test", false},
      {"10.1.2.0/23", "10.1.3.3", true},
      {"10.1.2.0/23", "10.1.4.3", false},
      {"0.0.0.0/0", "10.1.4.3", true},
      {"10.0.0.0/33", "10.0.0.0", false},
      {"10.0.0.0/", "10.0.0.0", false},
      {"10.0.0.0/x", "10.0.0.0", false},
      {"fd00::/8", "[fd12::1]:5000", true},
      {"fd00::/8", "[fe80::1]:5000", false},
      {"fd12::1", "[fd12:0::1]:5000", true},
      {"[fd12::1]", "[fd12::1]", true},
      {"[fd12::1]:5000", "[fd12::1]:5000", true},
      {"[fd12::1]:5000", "[fd12::1]:443", false},
      {"::/0", "10.1.2.3", false},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.no_proxy, c.authority);
    CHECK(is_excluded(c.no_proxy, c.authority) == c.is_excluded);
  }
}

TEST_CASE("a proxy is chosen by the URL's scheme, and never for this machine") {
  CurlOptions options;
  CHECK(choose_proxy(options, parse_url("https://r.test/")).empty());
  options.http_proxy = "plain.test:3128";
  options.https_proxy = "http://ana:p@ss@secure.test:3128/";
  CHECK(choose_proxy(options, parse_url("http://r.test/")) == "plain.test:3128");
  CHECK(choose_proxy(options, parse_url("https://r.test/")) == options.https_proxy);
  for (const char* url : {"https://127.0.0.1:5000/", "http://localhost/", "http://[::1]:5000/"})
    CHECK(choose_proxy(options, parse_url(url)).empty());
  options.no_proxy = "r.test:443";
  CHECK(choose_proxy(options, parse_url("https://r.test/")).empty());
  CHECK(choose_proxy(options, parse_url("http://r.test/")) == "plain.test:3128");
}

TEST_CASE("a proxy is named without its password") {
  CHECK(proxy_name("http://ana:p@ss@secure.test:3128/") == "secure.test:3128");
  CHECK(proxy_name("http://ana:p/a@ss@secure.test:3128/") == "secure.test:3128");
  CHECK(proxy_name("secure.test:3128") == "secure.test:3128");
  CHECK(proxy_name("socks5h://[::1]:1080") == "[::1]:1080");
  CurlOptions options;
  options.https_proxy = "ftp://ana:secret@proxy.test:1";
  CHECK(test::error_of([&] { (void)choose_proxy(options, parse_url("https://r.test/")); }) ==
        "the proxy proxy.test:1 has the scheme \"ftp\"");
}
