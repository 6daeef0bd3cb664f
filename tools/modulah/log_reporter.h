// What a build says, in a file instead of on stderr: --logfile.
#pragma once

#include <filesystem>
#include <mutex>

#include "modulah/base/files.h"
#include "modulah/base/reporter.h"

namespace modulah::cli {

/// Adds each line to the end of a file, as it would be on a stderr that is not a terminal; progress
/// leaves no line. What cannot be written is lost.
class LogReporter : public Reporter {
 public:
  /// Opens `path`, or makes it. Throws Error.
  LogReporter(const std::filesystem::path& path, bool is_quiet);

  void info(std::string_view line) override;
  void warning(std::string_view line) override;
  void debug(std::string_view line) override;
  [[nodiscard]] std::unique_ptr<Progress> begin(std::string_view what,
                                                std::uint64_t total_bytes) override;

 private:
  void write(std::string_view prefix, std::string_view line);

  FileDescriptor file_;
  const bool is_quiet_;
  std::mutex mutex_;
};

}  // namespace modulah::cli
