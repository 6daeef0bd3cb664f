// Servers and helper programs may repeat a password in a message, and messages are shown.
#include "mask.h"

#include <nlohmann/json.hpp>

#include "base64.h"

namespace modulah::registry {

namespace {

constexpr std::string_view kMask = "***";

void mask(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos; at += kMask.size())
    text.replace(at, secret.size(), kMask);
}

/// As it is written between the quotes of a JSON string.
std::string escaped(const std::string& secret) {
  const std::string text =
      nlohmann::json(secret).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.substr(1, text.size() - 2);
}

}  // namespace

std::string mask_secrets(std::string text, const Credentials& credentials) {
  // The longest first: the others may be parts of it.
  if (!credentials.password.empty())
    mask(text, to_base64(credentials.username + ":" + credentials.password));
  for (const std::string* secret : {&credentials.password, &credentials.identity_token}) {
    mask(text, escaped(*secret));
    mask(text, *secret);
  }
  return text;
}

}  // namespace modulah::registry
