// Lines into a file.
#include "log_reporter.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/base/text.h"

namespace modulah::cli {

LogReporter::LogReporter(const std::filesystem::path& path, bool is_quiet)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0600)),
      is_quiet_(is_quiet) {
  if (!file_) throw_system_error(fmt::format("open log file {}", path.native()), errno);
}

void LogReporter::info(std::string_view line) {
  if (!is_quiet_) write("", line);
}

void LogReporter::warning(std::string_view line) { write("warning: ", line); }

void LogReporter::debug(std::string_view /*line*/) {}

std::unique_ptr<Progress> LogReporter::begin(std::string_view what, std::uint64_t total_bytes) {
  return silent_reporter().begin(what, total_bytes);
}

void LogReporter::write(std::string_view prefix, std::string_view line) {
  const std::string text = fmt::format("{}{}\n", prefix, printable(line));
  const std::lock_guard lock(mutex_);
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t count = ::write(file_.get(), left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    left.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace modulah::cli
