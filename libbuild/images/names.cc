// Turns what is malformed into a mistake of the command line.
#include "modulah/images/names.h"

#include <string>

#include "modulah/base/error.h"

namespace modulah::images {

namespace {

/// Calls `action`; an Error about malformed text becomes one about the user's words.
template <typename Action>
auto as_usage(Action&& action) {
  try {
    return action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::invalid && error.kind() != ErrorKind::unsupported) throw;
    throw Error(ErrorKind::usage, error.message(), error.hint());
  }
}

}  // namespace

oci::Reference parse_name(std::string_view word, oci::Reference::Defaults defaults) {
  return as_usage([&] { return oci::Reference::parse(word, defaults); });
}

oci::Platform parse_platform(std::string_view word, std::string_view option) {
  return as_usage([&] {
    return with_context([&] { return std::string(option); },
                        [&] { return oci::Platform::parse(word); });
  });
}

}  // namespace modulah::images
