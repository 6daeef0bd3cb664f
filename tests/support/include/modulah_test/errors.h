// Asserting on whole error messages.
#pragma once

#include <string>

#include "modulah/base/error.h"

namespace modulah::test {

/// The message of the Error that `action` throws, or "(no error)".
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message();
  }
  return "(no error)";
}

/// The hint of the Error that `action` throws, or "(no error)".
template <typename Action>
std::string hint_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.hint();
  }
  return "(no error)";
}

/// The kind of the Error that `action` throws. Lets other exceptions through.
template <typename Action>
std::string kind_of_error(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(to_string(error.kind()));
  }
  return "(no error)";
}

}  // namespace modulah::test
