// Refers to what the project uses of fmt, so that linking it shows whether archive.cc is enough.
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

int main(int count, char** words) {
  const std::string_view text = words[0];
  std::string out = fmt::format("{} {:>4} {:?} {:.3f} {} {:02x} {:L}", text, count, text,
                                0.5 * count, 0.5F * static_cast<float>(count), count, count);
  fmt::format_to(std::back_inserter(out), "{:+.0f} {}", 1.5 * count, 'c');
  try {
    out += fmt::format(fmt::runtime(text), count);
  } catch (const fmt::format_error& error) {
    out += error.what();
  }
  return out.empty() ? 1 : 0;
}
