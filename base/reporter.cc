// The Reporter for callers that do not want to hear anything.
#include "modulah/base/reporter.h"

namespace modulah {

namespace {

class SilentProgress : public Progress {
 public:
  void advance(std::uint64_t) override {}
  void finish(std::string_view) override {}
};

class SilentReporter : public Reporter {
 public:
  void info(std::string_view) override {}
  void warning(std::string_view) override {}
  void debug(std::string_view) override {}
  std::unique_ptr<Progress> begin(std::string_view, std::uint64_t) override {
    return std::make_unique<SilentProgress>();
  }
};

}  // namespace

Reporter& silent_reporter() {
  static SilentReporter reporter;
  return reporter;
}

}  // namespace modulah
