// Masks passwords in messages of servers and programs; internal.
#pragma once

#include <string>

#include "modulah/registry/credentials.h"

namespace modulah::registry {

/// `text` with "***" for each secret in it: the password or the identity token, as it is, escaped
/// as in JSON, and in base64 as "user:password".
[[nodiscard]] std::string mask_secrets(std::string text, const Credentials& credentials);

}  // namespace modulah::registry
