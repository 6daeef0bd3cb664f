// Collecting errors in the order of the text, whoever finds them.
#include "error_list.h"

#include <algorithm>

namespace modulah::containerfile {

void ErrorList::add(std::size_t line, Error error) {
  ++count_;
  const auto after =
      std::upper_bound(entries_.begin(), entries_.end(), line,
                       [](std::size_t number, const Entry& entry) { return number < entry.line; });
  entries_.insert(after, {line, std::move(error)});
  if (entries_.size() > kMaxSyntaxErrors) entries_.pop_back();
}

std::vector<Error> ErrorList::take() {
  std::vector<Error> errors;
  for (Entry& entry : entries_) errors.push_back(std::move(entry.error));
  entries_.clear();
  return errors;
}

}  // namespace modulah::containerfile
