// A form of fixed length, in which every letter has its place.
#include "http_date.h"

#include <array>
#include <charconv>

namespace modulah::registry {

namespace {

constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// The number that `digits` are, or -1.
int number(std::string_view digits) {
  int value = -1;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

unsigned month(std::string_view name) {
  for (unsigned i = 0; i < kMonths.size(); ++i)
    if (kMonths[i] == name) return i + 1;
  return 0;
}

/// Whether what is neither digit nor letter is where it should be, and "GMT" too.
bool has_form(std::string_view text) {
  if (text.size() != kForm.size() || !text.ends_with(" GMT")) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i)
    if (std::string_view(" ,:").find(kForm[i]) != std::string_view::npos && text[i] != kForm[i])
      return false;
  return true;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  using namespace std::chrono;
  if (!has_form(text)) return std::nullopt;
  const int day_number = number(text.substr(5, 2));
  const int year_number = number(text.substr(12, 4));
  const int hour = number(text.substr(17, 2));
  const int minute = number(text.substr(20, 2));
  const int second = number(text.substr(23, 2));
  if (day_number < 0 || year_number < 0 || hour < 0 || minute < 0 || second < 0)
    return std::nullopt;
  const year_month_day date{year(year_number), std::chrono::month(month(text.substr(8, 3))),
                            day(static_cast<unsigned>(day_number))};
  // A leap second is the 60th.
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace modulah::registry
