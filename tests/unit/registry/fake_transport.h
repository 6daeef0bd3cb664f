// A registry with prepared answers, which records the requests.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "modulah/registry/transport.h"

namespace modulah::test {

/// A recorded request.
struct SentRequest {
  std::string line;  ///< "GET https://host/path".
  std::vector<registry::Header> headers;
  std::string body;

  /// The value of a header, or empty.
  [[nodiscard]] std::string header(std::string_view name) const {
    for (const registry::Header& one : headers)
      if (one.name == name) return one.value;
    return {};
  }
};

/// A prepared answer.
struct FakeAnswer {
  int status = 200;
  std::vector<registry::Header> headers = {};
  std::string body = {};
  bool is_cut_off = false;  ///< The connection is interrupted after the body.
  /// When set, this fault occurs instead of an answer.
  std::optional<registry::TransportFault> fault = {};
};

/// Returns the answers for a line in order, then the last one repeatedly. Other requests are
/// answered with 404. Safe to use from several threads at once.
class FakeTransport : public registry::Transport {
 public:
  void on(const std::string& line, FakeAnswer answer) {
    answers_[line].push_back(std::move(answer));
  }

  registry::HttpResponse send(const registry::HttpRequest& request) override {
    SentRequest sent{request.method + " " + request.url, request.headers, {}};
    if (request.body != nullptr) sent.body = read_all(*request.body, 1 << 24, "body");
    const std::lock_guard lock(mutex_);
    FakeAnswer answer{404};
    auto& prepared = answers_[sent.line];
    if (!prepared.empty()) answer = prepared.front();
    if (prepared.size() > 1) prepared.pop_front();
    requests.push_back(std::move(sent));
    if (answer.fault) throw registry::TransportError(*answer.fault, "the network is down");
    registry::HttpResponse response;
    response.status = answer.status;
    response.headers = answer.headers;
    response.body = std::make_unique<Body>(answer.body, answer.is_cut_off);
    return response;
  }

  /// The lines of all requests, in order.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const SentRequest& request : requests) all.push_back(request.line);
    return all;
  }

  std::vector<SentRequest> requests;

 private:
  class Body : public Source {
   public:
    Body(std::string text, bool is_cut_off)
        : text_(std::move(text)), rest_(text_), is_cut_off_(is_cut_off) {}
    std::size_t read(std::span<std::byte> buffer) override {
      const std::size_t count = rest_.read(buffer);
      if (count == 0 && is_cut_off_)
        throw registry::TransportError(registry::TransportFault::interrupted,
                                       "the connection broke");
      return count;
    }

   private:
    const std::string text_;
    SpanSource rest_;
    const bool is_cut_off_;
  };

  std::mutex mutex_;
  std::map<std::string, std::deque<FakeAnswer>> answers_;
};

}  // namespace modulah::test
