// What is shown on stderr while a command works.
//
// On a terminal, work in progress is shown below the lines that are final:
//
//   STEP 2/3: COPY app.wasm /
//   blob 2cf24dba5fb0         [#########-----------]   2.1 MB of 4.5 MB  58.2 MB/s
//
// To print a final line, the lower part is erased, the line written, and the lower part redrawn.
// A thread redraws it a few times a second, so that work whose bytes cannot be counted (an
// optimizer's) visibly continues; work that is done in a moment is not drawn at all.
//
// In most terminals, a window that becomes narrower wraps the lines that are there into several
// rows. So the width is read each time something is drawn or erased.
#include "terminal_reporter.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "modulah/base/text.h"

#include "print.h"

namespace modulah::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kRedraw{150};
/// Work that began more recently is not shown.
constexpr std::chrono::milliseconds kMoment{250};
// A line with a bar has 78 columns, fewer than the usual terminal, so that none is ever
// wrapped.
constexpr unsigned kUsualColumns = 80;
constexpr std::size_t kBarColumns = 20;
constexpr std::size_t kNameColumns = 24;
constexpr std::size_t kLeastNameColumns = 12;
constexpr std::size_t kAmountColumns = 18;  ///< "1.23 MB of 4.56 MB".
constexpr std::size_t kRateColumns = 9;     ///< "1.23 MB/s".

struct Work {
  std::string what;
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  Clock::time_point begin = Clock::now();
};

/// "12 s", "3:07 min".
std::string elapsed(std::uint64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  return fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
}

std::string line_of(const Work& work, unsigned columns) {
  return progress_line({work.what, work.done, work.total,
                        std::chrono::duration<double>(Clock::now() - work.begin).count()},
                       columns);
}

class TerminalReporter : public Reporter {
 public:
  TerminalReporter(LogLevel level, bool is_drawing) : level_(level), is_drawing_(is_drawing) {}
  ~TerminalReporter() override {
    if (drawer_.joinable()) drawer_.request_stop();
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
  }

  void ended(const Work& work, std::string_view outcome) {
    const std::lock_guard lock(mutex_);
    wipe();
    std::erase(works_, &work);
    if (level_ >= LogLevel::info && !outcome.empty())
      print_error(fmt::format("{}  {}\n", work.what, printable(outcome)));
    draw();
  }

 private:
  void began(const Work& work) {
    const std::lock_guard lock(mutex_);
    works_.push_back(&work);
    if (!is_drawing_ || level_ < LogLevel::info || drawer_.joinable()) return;
    try {
      drawer_ = std::jthread([this](const std::stop_token& stop) { keep_drawing(stop); });
    } catch (const std::system_error&) {
      // Without a thread nothing is drawn.
    }
  }

  void keep_drawing(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
      // Only the stop token notifies; otherwise this waits for the interval.
      tick_.wait_for(lock, stop, kRedraw, [] { return false; });
      if (stop.stop_requested()) return;
      wipe();
      draw();
    }
  }

  void final_line(std::string_view line) {
    const std::lock_guard lock(mutex_);
    wipe();
    print_message(printable(line, "\t") + "\n");
    draw();
  }

  /// Erases the lower part: up as many rows as it has now, then clear to the end.
  void wipe() {
    if (drawn_.empty()) return;
    print_error(fmt::format("\x1b[{}F\x1b[J", rows_of(drawn_, terminal_columns())));
    drawn_.clear();
  }

  void draw() {
    if (!is_drawing_ || level_ < LogLevel::info) return;
    const unsigned columns = terminal_columns();
    std::string text;
    drawn_.clear();
    for (const Work* work : works_) {
      if (Clock::now() - work->begin < kMoment) continue;
      const std::string line = line_of(*work, columns);
      text += line + "\n";
      drawn_.push_back(line.size());
    }
    if (!text.empty()) print_error(text);
  }

  std::mutex mutex_;
  LogLevel level_;
  bool is_drawing_;
  std::vector<const Work*> works_;
  std::vector<std::size_t> drawn_;  ///< The lengths of the lines that are drawn now.
  std::condition_variable_any tick_;
  std::jthread drawer_;  ///< Last, so that it ends before what it uses.

  friend class TerminalProgress;
};

class TerminalProgress : public Progress {
 public:
  TerminalProgress(TerminalReporter& reporter, std::string_view what, std::uint64_t total)
      : reporter_(reporter), work_{printable(what), total} {
    reporter_.began(work_);
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

std::string progress_line(const ProgressState& state, unsigned columns) {
  if (state.total == 0 && state.done == 0) {
    // Work that cannot be counted shows its time.
    const std::string time = "  " + elapsed(static_cast<std::uint64_t>(state.seconds));
    const std::size_t room = columns - std::min<std::size_t>(columns, time.size() + 1);
    return room == 0 ? "" : std::string(state.what.substr(0, room)) + time;
  }
  std::string bar;
  std::string amount = human_size(state.done);
  if (state.total != 0) {
    const std::uint64_t filled =
        std::min<std::uint64_t>(kBarColumns, state.done * kBarColumns / state.total);
    if (columns >= kUsualColumns)
      bar = fmt::format("[{:#<{}}{:-<{}}] ", "", filled, "", kBarColumns - filled);
    amount += " of " + human_size(state.total);
  }
  std::string rate;
  if (state.seconds >= 0.001 && state.done != 0)
    rate = human_size(static_cast<std::uint64_t>(static_cast<double>(state.done) / state.seconds)) +
           "/s";
  // On a narrow terminal, the name gets what the numbers leave.
  const std::size_t numbers = kAmountColumns + kRateColumns + 5;
  const std::size_t name = std::clamp(columns - std::min<std::size_t>(columns, numbers),
                                      kLeastNameColumns, kNameColumns);
  std::string line = fmt::format("{:<{}.{}}  {}{:>{}}  {:>{}}", state.what, name, name, bar, amount,
                                 kAmountColumns, rate, kRateColumns);
  if (line.size() >= columns) line.resize(columns - 1);
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::size_t rows_of(std::span<const std::size_t> lengths, unsigned columns) {
  std::size_t rows = 0;
  for (const std::size_t length : lengths)
    rows += std::max<std::size_t>(1, (length + columns - 1) / columns);
  return rows;
}

LogLevel parse_log_level(std::string_view text) {
  if (text == "error") return LogLevel::error;
  if (text == "warn") return LogLevel::warn;
  if (text == "debug") return LogLevel::debug;
  return LogLevel::info;
}

std::unique_ptr<Reporter> make_terminal_reporter(const World& world, LogLevel level) {
  const bool is_drawing = world.is_error_terminal && world.env("TERM") != "dumb";
  return std::make_unique<TerminalReporter>(level, is_drawing);
}

}  // namespace modulah::cli
