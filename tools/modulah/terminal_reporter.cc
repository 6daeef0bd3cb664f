// What is shown on stderr while a command works.
//
// On a terminal the pieces of work under way stand below the lines that are final:
//
//   STEP 2/3: COPY app.wasm /
//   blob 2cf24dba5fb0  [##########------]   2.1 of 4.5 MiB  58.2 MiB/s
//
// To print a final line, the lower part is wiped, the line written, and the lower part drawn
// again. It is drawn by whoever advances, at most ten times a second: no thread, no timer.
#include "terminal_reporter.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

#include <fmt/format.h>

#include "print.h"

namespace modulah::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::size_t kBarColumns = 16;
constexpr std::size_t kNameColumns = 24;

struct Work {
  std::string what;
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  Clock::time_point begin = Clock::now();
};

std::string rate_of(const Work& work) {
  const double seconds = std::chrono::duration<double>(Clock::now() - work.begin).count();
  if (seconds < 0.001 || work.done == 0) return "";
  return human_size(static_cast<std::uint64_t>(static_cast<double>(work.done) / seconds)) + "/s";
}

std::string line_of(const Work& work) {
  std::string bar;
  std::string amount = human_size(work.done);
  if (work.total != 0) {
    const std::uint64_t filled =
        std::min<std::uint64_t>(kBarColumns, work.done * kBarColumns / work.total);
    bar = fmt::format("[{:#<{}}{:-<{}}] ", "", filled, "", kBarColumns - filled);
    amount += " of " + human_size(work.total);
  }
  return fmt::format("{:<{}.{}}  {}{:>22}  {:>12}", work.what, kNameColumns, kNameColumns, bar,
                     amount, rate_of(work));
}

class TerminalReporter : public Reporter {
 public:
  TerminalReporter(LogLevel level, bool is_drawing, unsigned columns)
      : level_(level), is_drawing_(is_drawing), columns_(columns) {}
  ~TerminalReporter() override {
    const std::lock_guard lock(mutex_);
    wipe();
  }

  void info(std::string_view line) override {
    if (level_ >= LogLevel::info) final_line(line);
  }
  void warning(std::string_view line) override {
    if (level_ >= LogLevel::warn) final_line(fmt::format("modulah: warning: {}", line));
  }
  void debug(std::string_view line) override {
    if (level_ >= LogLevel::debug) final_line(fmt::format("modulah: debug: {}", line));
  }
  std::unique_ptr<Progress> begin(std::string_view what, std::uint64_t total) override;

  void advanced(Work& work, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    work.done += bytes;
    const Clock::time_point now = Clock::now();
    if (!is_drawing_ || now - drawn_at_ < kRedraw) return;
    wipe();
    draw();
    drawn_at_ = now;
  }

  void ended(const Work& work, std::string_view outcome) {
    const std::lock_guard lock(mutex_);
    wipe();
    std::erase(works_, &work);
    if (level_ >= LogLevel::info && !outcome.empty())
      print_error(fmt::format("{}  {}\n", work.what, outcome));
    draw();
  }

 private:
  void final_line(std::string_view line) {
    const std::lock_guard lock(mutex_);
    wipe();
    print_error(fmt::format("{}\n", line));
    draw();
  }

  /// Wipes the lower part: up as many lines as were drawn, then clear to the end.
  void wipe() {
    if (drawn_lines_ != 0) print_error(fmt::format("\x1b[{}F\x1b[J", drawn_lines_));
    drawn_lines_ = 0;
  }

  void draw() {
    if (!is_drawing_ || level_ < LogLevel::info) return;
    std::string text;
    for (const Work* work : works_) {
      std::string line = line_of(*work);
      if (line.size() >= columns_) line.resize(columns_ - 1);
      text += line + "\n";
    }
    drawn_lines_ = works_.size();
    if (!text.empty()) print_error(text);
  }

  std::mutex mutex_;
  LogLevel level_;
  bool is_drawing_;
  unsigned columns_;
  std::vector<const Work*> works_;
  std::size_t drawn_lines_ = 0;
  Clock::time_point drawn_at_ = Clock::now();

  friend class TerminalProgress;
};

class TerminalProgress : public Progress {
 public:
  TerminalProgress(TerminalReporter& reporter, std::string_view what, std::uint64_t total)
      : reporter_(reporter), work_{std::string(what), total} {
    const std::lock_guard lock(reporter_.mutex_);
    reporter_.works_.push_back(&work_);
  }
  ~TerminalProgress() override {
    if (!is_ended_) reporter_.ended(work_, "");
  }
  void advance(std::uint64_t bytes) override { reporter_.advanced(work_, bytes); }
  void finish(std::string_view outcome) override {
    if (is_ended_) return;
    is_ended_ = true;
    std::string text(outcome);
    if (work_.done != 0) text = fmt::format("{}  {}", human_size(work_.done), text);
    reporter_.ended(work_, text);
  }

 private:
  TerminalReporter& reporter_;  ///< Outlives every piece of work begun on it.
  Work work_;
  bool is_ended_ = false;
};

std::unique_ptr<Progress> TerminalReporter::begin(std::string_view what, std::uint64_t total) {
  return std::make_unique<TerminalProgress>(*this, what, total);
}

}  // namespace

LogLevel parse_log_level(std::string_view text) {
  if (text == "error") return LogLevel::error;
  if (text == "warn") return LogLevel::warn;
  if (text == "debug") return LogLevel::debug;
  return LogLevel::info;
}

std::unique_ptr<Reporter> make_terminal_reporter(const World& world, LogLevel level) {
  const bool is_drawing = world.is_error_terminal && world.env("TERM") != "dumb";
  return std::make_unique<TerminalReporter>(level, is_drawing, world.columns);
}

}  // namespace modulah::cli
