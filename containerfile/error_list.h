// The errors of one text, collected while parsing goes on.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/containerfile/parser.h"

namespace modulah::containerfile {

/// Keeps the first kMaxSyntaxErrors in the order of their lines, and counts the others.
class ErrorList {
 public:
  /// `line` is that of the instruction, from 1; 0 for an error about the whole text.
  void add(std::size_t line, Error error);
  /// Calls `action`; an Error that it throws is added. Returns whether there was none.
  template <typename Action>
  bool guard(std::size_t line, Action&& action) {
    try {
      std::forward<Action>(action)();
      return true;
    } catch (const Error& error) {
      add(line, error);
      return false;
    }
  }

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// There are so many that reading on is of no use.
  [[nodiscard]] bool is_full() const { return count_ >= kMaxCountedSyntaxErrors; }
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Those that were kept, in the order of their lines.
  [[nodiscard]] std::vector<Error> take();

 private:
  struct Entry {
    std::size_t line;
    Error error;
  };
  std::vector<Entry> entries_;  ///< Ordered by line.
  std::size_t count_ = 0;
};

}  // namespace modulah::containerfile
