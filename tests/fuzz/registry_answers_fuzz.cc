// A registry whose answers are the input: each operation succeeds or throws an Error, and no login
// is sent to another host over plain HTTP.
//
// The input is lines: "STATUS" or "Name: value" add to an answer, an empty line ends it; what
// follows "body " is its body. The answers are given in turn, and the last one is followed by 404.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "modulah/base/error.h"
#include "modulah/oci/media_type.h"
#include "modulah/registry/repository.h"

namespace {

using namespace modulah;

constexpr std::size_t kMaxRequests = 200;

struct Answer {
  int status = 200;
  std::vector<registry::Header> headers;
  std::string body;
};

std::vector<Answer> read_answers(std::string_view text) {
  std::vector<Answer> answers(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(": ");
    if (line.empty())
      answers.emplace_back();
    else if (line.starts_with("body "))
      answers.back().body += line.substr(5);
    else if (colon != std::string_view::npos)
      answers.back().headers.push_back(
          {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    else
      answers.back().status = std::atoi(std::string(line).c_str()) % 600;
  }
  return answers;
}

std::string_view authority_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

class Body : public Source {
 public:
  explicit Body(std::string text) : text_(std::move(text)), rest_(text_) {}
  std::size_t read(std::span<std::byte> buffer) override { return rest_.read(buffer); }

 private:
  const std::string text_;
  SpanSource rest_;
};

class MadeUpRegistry : public registry::Transport {
 public:
  explicit MadeUpRegistry(std::string_view text) : answers_(read_answers(text)) {}

  registry::HttpResponse send(const registry::HttpRequest& request) override {
    if (++requests_ > kMaxRequests) std::abort();
    if (request.url.starts_with("http://") && !registry::is_loopback(authority_of(request.url)))
      std::abort();
    for (const registry::Header& header : request.headers)
      if (header.name == "Authorization" && header.value.find_first_of("\r\n") != std::string::npos)
        std::abort();
    if (request.body != nullptr) (void)read_all(*request.body, 1 << 20, "body");
    Answer answer{404, {}, {}};
    if (next_ < answers_.size()) answer = answers_[next_++];
    return {answer.status, std::move(answer.headers), std::make_unique<Body>(answer.body)};
  }

 private:
  std::vector<Answer> answers_;
  std::size_t next_ = 0;
  std::size_t requests_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string blob_text = "blob";
  const oci::Descriptor blob{std::string(oci::media_type::kOciLayer), oci::Digest::of(blob_text),
                             blob_text.size()};
  const auto attempt = [&](const auto& action) {
    MadeUpRegistry transport(text);
    registry::RegistryOptions options;
    options.credentials = {"ana", "secret", {}};
    options.retries = 1;
    registry::Repository repository(transport, "registry.example", "demo/app",
                                    registry::Intent::push, options);
    try {
      action(repository, transport, options);
    } catch (const Error& error) {
      // Unless the input has it.
      if (text.find("secret") == std::string_view::npos &&
          error.message().find("secret") != std::string::npos)
        std::abort();
    }
  };
  attempt([](auto& repository, auto&, auto&) {
    const auto found = repository.resolve("v1");
    if (found) (void)oci::read_blob(repository, *found, 1 << 20);
  });
  attempt([&](auto& repository, auto&, auto&) {
    SpanSource content(blob_text);
    repository.put(blob, content);
  });
  attempt([&](auto& repository, auto&, auto&) { repository.put_document("v1", blob, blob_text); });
  attempt([](auto&, auto& transport, auto& options) {
    registry::check_login(transport, "registry.example", options);
  });
  return 0;
}
