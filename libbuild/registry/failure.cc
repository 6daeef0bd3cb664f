// Parses the errors of registries:
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
#include "failure.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "modulah/base/ascii.h"
#include "modulah/base/json.h"

#include "http_date.h"
#include "mask.h"

namespace modulah::registry {

namespace {

constexpr std::uint64_t kMaxErrorBytes = 64 * 1024;
constexpr std::size_t kMaxTextBytes = 300;

/// ": DENIED: no such project" of the first error in the body, or empty.
std::string explanation(const HttpResponse& answer, const Credentials& credentials) {
  std::string text;
  try {
    text = read_all(*answer.body, kMaxErrorBytes, "error");
  } catch (const Error&) {
    return {};  // The status is enough.
  }
  const auto document = parse_json<nlohmann::json>(text);
  if (!document.is_object() || !document.contains("errors")) return {};
  const auto& errors = document["errors"];
  if (!errors.is_array() || errors.empty() || !errors[0].is_object()) return {};
  std::string words;
  for (const char* name : {"code", "message"})
    if (errors[0].contains(name) && errors[0][name].is_string())
      words += ": " + clean_text(mask_secrets(errors[0][name].get<std::string>(), credentials));
  return words;
}

/// In seconds, or as a date, which is compared with the answer's own date, because the clocks of
/// this machine and of the server may differ.
std::optional<std::chrono::seconds> retry_after(const HttpResponse& answer) {
  const auto text = answer.header("Retry-After");
  if (!text) return std::nullopt;
  if (const auto count = parse_number<std::uint32_t>(*text)) return std::chrono::seconds(*count);
  const auto then = parse_http_date(*text);
  const auto now = parse_http_date(answer.header("Date").value_or(""));
  if (!then || !now) return std::nullopt;
  return std::max(*then - *now, std::chrono::seconds(0));
}

[[noreturn]] void throw_denied(const HttpResponse& answer, const Asked& asked) {
  const std::string hint = fmt::format("Run 'modulah login {}'.", asked.registry);
  if (asked.user.empty() && answer.status == 401)
    throw Error(ErrorKind::denied,
                fmt::format("registry {} requires a password to {}", asked.registry, asked.what),
                hint);
  const std::string who =
      asked.user.empty() ? "anonymous users" : fmt::format("\"{}\"", asked.user);
  throw Error(ErrorKind::denied,
              fmt::format("registry {} does not allow {} to {}", asked.registry, who, asked.what),
              hint);
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kMaxTextBytes))
    out += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? ' ' : c;
  return out;
}

void throw_failure(const HttpResponse& answer, const Asked& asked) {
  const int status = answer.status;
  if (status == 401 || status == 403) throw_denied(answer, asked);
  if (status == 407)
    throw Error(ErrorKind::denied,
                fmt::format("the proxy for registry {} requires a password", asked.registry),
                "Include a user and a password in its URL: http://USER:PASSWORD@HOST:PORT.");
  if (status == 404)
    throw Error(ErrorKind::not_found,
                fmt::format("registry {} has no {}", asked.registry, asked.thing));
  const std::string why = explanation(answer, asked.credentials);
  const std::string said =
      fmt::format("registry {} answered {} for {}{}", asked.registry, status, asked.thing, why);
  // The bytes were changed on their way.
  if (status == 400 && why.starts_with(": DIGEST_INVALID"))
    throw PassingError(said, std::nullopt, ErrorKind::corrupt);
  throw_status(answer, said);
}

void throw_status(const HttpResponse& answer, const std::string& said) {
  const int status = answer.status;
  if (status == 408 || status == 429 || (status >= 500 && status != 501))
    throw PassingError(said, retry_after(answer));
  throw Error(status >= 400 ? ErrorKind::invalid : ErrorKind::unavailable, said);
}

}  // namespace modulah::registry
