#include "http_date.h"

#include "modulah_test/catch.h"

using modulah::registry::parse_http_date;

namespace {

std::int64_t seconds_of(std::string_view text) {
  const auto time = parse_http_date(text);
  return time ? time->time_since_epoch().count() : -1;
}

}  // namespace

TEST_CASE("parse_http_date reads the form of HTTP") {
  CHECK(seconds_of("Sun, 06 Nov 1994 08:49:37 GMT") == 784'111'777);
  CHECK(seconds_of("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
  CHECK(seconds_of("Thu, 29 Feb 2024 23:59:60 GMT") == 1'709'251'200);
}

TEST_CASE("parse_http_date rejects malformed and truncated dates") {
  for (const char* text : {"", "120", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Now 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov +994 08:49:37 GMT"})
    CHECK(seconds_of(text) == -1);
  constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
  for (std::size_t size = 0; size < kDate.size(); ++size)
    CHECK(seconds_of(kDate.substr(0, size)) == -1);
}
