// The tags of a repository.
#pragma once

#include <string>
#include <vector>

#include "modulah/registry/repository.h"
#include "modulah/registry/transport.h"

namespace modulah::registry {

/// How many tags are read of one repository.
inline constexpr std::size_t kMaxTags = 100'000;

/// All tags, in the registry's order, each once. Throws Error: not_found when there is no such
/// repository; invalid when the answer is malformed or has more than kMaxTags; and what registries
/// throw.
[[nodiscard]] std::vector<std::string> list_tags(Transport& transport, const std::string& registry,
                                                 const std::string& repository,
                                                 const RegistryOptions& options);

}  // namespace modulah::registry
