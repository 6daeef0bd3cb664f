// A repository "demo/app" in a registry with prepared answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modulah/registry/repository.h"

#include "fake_transport.h"

namespace modulah::test {

inline constexpr const char* kRegistry = "r.test";
inline constexpr const char* kBase = "https://r.test/v2/demo/app/";

struct RepositoryFixture {
  FakeTransport http;
  std::vector<std::int64_t> waits;  ///< In milliseconds.
  registry::RegistryOptions options;

  RepositoryFixture() {
    options.sleep = [this](std::chrono::milliseconds time) { waits.push_back(time.count()); };
  }

  registry::Repository open(registry::Intent intent = registry::Intent::pull) {
    return {http, kRegistry, "demo/app", intent, options};
  }

  /// Prepares the answer to "METHOD path-in-the-repository".
  void on(std::string_view method, std::string_view path, FakeAnswer answer) {
    http.on(fmt::format("{} {}{}", method, kBase, path), std::move(answer));
  }
};

inline oci::Descriptor blob_of(std::string_view text) {
  return {"application/octet-stream", oci::Digest::of(text), text.size()};
}

inline std::string path_of(const oci::Descriptor& blob) { return "blobs/" + blob.digest.text(); }

}  // namespace modulah::test
