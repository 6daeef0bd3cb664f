// libcurl against a real docker-registry: plain, with TLS and with a password.
#include "real_registry.h"

#include <array>
#include <chrono>
#include <cstring>

#include <sys/socket.h>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "modulah/registry/curl_transport.h"
#include "modulah/registry/repository.h"
#include "modulah/store/layout_store.h"

#include "curl_exchange.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"
#include "modulah_test/images.h"
#include "modulah_test/memory_store.h"
#include "modulah_test/skip.h"

using namespace modulah;
using namespace modulah::registry;
using test::error_of;
using test::RealRegistry;

namespace {

/// Varying bytes, so that a wrong order is noticed.
std::string many_bytes(std::size_t count) {
  std::string text(count, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

oci::Descriptor put_large_image(test::MemoryStore& store) {
  const oci::Manifest manifest{
      std::string(oci::media_type::kOciManifest),
      "",
      store.add(oci::media_type::kOciConfig, R"({"architecture":"wasm","os":"wasi"})"),
      {store.add(oci::media_type::kOciLayer, many_bytes(4'500'000)),
       store.add(oci::media_type::kOciLayer, many_bytes(10))},
      std::nullopt,
      {}};
  return store.add(oci::media_type::kOciManifest, oci::to_json(manifest));
}

RegistryOptions with(Credentials credentials = {}) {
  RegistryOptions options;
  options.credentials = std::move(credentials);
  options.retries = 0;
  return options;
}

bool has_program(const char* name) {
  if (find_program(name, test::kSearchPath)) return true;
  test::skip(std::string("there is no ") + name);
  return false;
}

/// Makes key.pem and cert.pem for 127.0.0.1 in a directory.
bool make_certificate(const std::filesystem::path& directory) {
  return test::run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                            "2", "-keyout", (directory / "key.pem").native(), "-out",
                            (directory / "cert.pem").native(), "-subj", "/CN=127.0.0.1", "-addext",
                            "subjectAltName=IP:127.0.0.1"});
}

/// Pushes an image and pulls it into another store.
void round_trip(Transport& http, const std::string& address, const Credentials& credentials = {}) {
  test::MemoryStore store;
  const oci::Descriptor root = put_large_image(store);
  Repository target(http, address, "demo/app", Intent::push, with(credentials));
  CHECK(push_image(store, target, root, "v1").blobs_copied == 4);
  CHECK(push_image(store, target, root, "v1").blobs_copied == 0);
  CHECK(push_image(store, target, root, "v2").blobs_copied == 0);

  Repository source(http, address, "demo/app", Intent::pull, with(credentials));
  const auto found = source.resolve("v2");
  REQUIRE(found == root);
  CHECK(source.resolve(root.digest.text()) == root);
  test::MemoryStore other;
  CHECK(image::copy_image(source, other, *found).bytes_copied > 4'500'000);
  CHECK(other.text_of(root.digest) == store.text_of(root.digest));
}

/// A server on 127.0.0.1 that sends `answer` to each client.
class Listener {
 public:
  /// With `pace`, the answer is sent byte by byte after its first `quick` bytes, with pauses.
  explicit Listener(std::string answer, std::chrono::milliseconds pace = {}, std::size_t quick = 0)
      : answer_(std::move(answer)), pace_(pace), quick_(quick) {
    fd_ = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        listen(fd_.get(), 8) != 0)
      throw_system_error("listen", errno);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~Listener() {
    thread_.request_stop();
    shutdown(fd_.get(), SHUT_RDWR);
  }

  [[nodiscard]] std::string url() const { return fmt::format("http://127.0.0.1:{}/x", port_); }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const FileDescriptor peer(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      char request[4096];
      (void)!recv(peer.get(), request, sizeof request, 0);
      answer(peer.get(), stop);
      // An empty answer is never sent; with a pace, the connection is closed instead.
      if (answer_.empty() && pace_.count() == 0)
        (void)!recv(peer.get(), request, sizeof request, 0);
    }
  }

  void answer(int peer, const std::stop_token& stop) const {
    if (pace_.count() == 0) {
      (void)!send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      return;
    }
    (void)!send(peer, answer_.data(), quick_, MSG_NOSIGNAL);
    for (const char byte : std::string_view(answer_).substr(quick_)) {
      if (stop.stop_requested() || send(peer, &byte, 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(pace_);
    }
  }

  const std::string answer_;
  const std::chrono::milliseconds pace_;
  const std::size_t quick_;
  FileDescriptor fd_;
  int port_ = 0;
  std::jthread thread_;
};

std::string get(Transport& http, const std::string& url) {
  HttpRequest request;
  request.url = url;
  const HttpResponse response = http.send(request);
  return fmt::format("{} {}", response.status, read_all(*response.body, 1 << 20, "body"));
}

}  // namespace

TEST_CASE("an image goes to a registry and comes back") {
  const auto server = RealRegistry::start();
  if (!server) return;
  const auto http = make_curl_transport({});
  round_trip(*http, server->address());
}

TEST_CASE("a layout on disk goes to a registry and comes back") {
  const auto server = RealRegistry::start();
  if (!server) return;
  const auto http = make_curl_transport({});
  store::LayoutStore from(server->directory() / "from", store::Access::write);
  const oci::Descriptor root = test::put_image(from, "app");
  Repository repository(*http, server->address(), "a/b/c", Intent::push, with());
  push_image(from, repository, root, "latest");
  store::LayoutStore to(server->directory() / "to", store::Access::write);
  image::copy_image(repository, to, root);
  CHECK(oci::read_blob(to, root, 1 << 20) == oci::read_blob(from, root, 1 << 20));
}

TEST_CASE("missing images and blobs are reported") {
  const auto server = RealRegistry::start();
  if (!server) return;
  const auto http = make_curl_transport({});
  Repository repository(*http, server->address(), "demo/app", Intent::pull, with());
  CHECK_FALSE(repository.resolve("nothing"));
  const oci::Descriptor blob{"x/y", oci::Digest::of("x"), 1};
  CHECK(
      error_of([&] { (void)repository.open(blob); }) ==
      fmt::format("registry {} has no blob {} in demo/app", server->address(), blob.digest.text()));
  check_login(*http, server->address(), with());
}

TEST_CASE("a registry with TLS is trusted only with its CA certificate") {
  const TempDir keys(std::filesystem::temp_directory_path());
  if (!has_program("openssl") || !make_certificate(keys.path())) return;
  const auto server = RealRegistry::start(fmt::format(
      "  tls: {{certificate: {0}/cert.pem, key: {0}/key.pem}}\n", keys.path().native()));
  if (!server) return;
  const auto strict = make_curl_transport({});
  Repository repository(*strict, server->address(), "a", Intent::pull, with());
  CHECK(error_of([&] {
          (void)repository.resolve("v1");
        }).starts_with("the certificate of " + server->address() + " is not trusted: "));
  std::filesystem::create_directory(keys.path() / "trusted");
  std::filesystem::copy_file(keys.path() / "cert.pem", keys.path() / "trusted/ca.crt");
  CurlOptions options;
  options.certificate_directories = {keys.path() / "absent", keys.path() / "trusted"};
  round_trip(*make_curl_transport(options), server->address());
  CurlOptions lenient;
  lenient.tls = TlsCheck::skip;
  const auto trusting = make_curl_transport(lenient);
  CHECK(Repository(*trusting, server->address(), "demo/app", Intent::pull, with()).resolve("v1"));
}

TEST_CASE("a registry with a password") {
  std::string line;
  if (!has_program("htpasswd") || !test::run_program({"htpasswd", "-Bbn", "ana", "secret"}, &line))
    return;
  const TempDir directory(std::filesystem::temp_directory_path());
  write_file(directory.path() / "passwords", line);
  const auto server = RealRegistry::start(
      "", fmt::format("auth: {{htpasswd: {{realm: test, path: {}/passwords}}}}\n",
                      directory.path().native()));
  if (!server) return;
  const auto http = make_curl_transport({});
  const std::string& address = server->address();
  test::MemoryStore store;
  const oci::Descriptor root = put_large_image(store);
  Repository nobody(*http, address, "demo/app", Intent::push, with());
  CHECK(error_of([&] { push_image(store, nobody, root, "v1"); }) ==
        fmt::format("registry {} requires a password to push to demo/app", address));
  Repository wrong(*http, address, "demo/app", Intent::push, with({"ana", "wrong", ""}));
  CHECK(error_of([&] { push_image(store, wrong, root, "v1"); }) ==
        fmt::format("registry {} does not allow \"ana\" to push to demo/app", address));
  CHECK(error_of([&] {
          check_login(*http, address, with({"ana", "wrong", ""}));
        }) == fmt::format("registry {} rejected the password of \"ana\"", address));
  check_login(*http, address, with({"ana", "secret", ""}));
  round_trip(*http, address, {"ana", "secret", ""});
}

TEST_CASE("a truncated answer, and one that is not HTTP, are errors") {
  const auto http = make_curl_transport({});
  const Listener whole("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody");
  CHECK(get(*http, whole.url()) == "200 body");
  const Listener cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
  CHECK(error_of([&] { (void)get(*http, cut.url()); }).find(" was interrupted: ") !=
        std::string::npos);
  const Listener noise("220 smtp.test ready\r\n");
  CHECK(error_of([&] { (void)get(*http, noise.url()); }).find("127.0.0.1:") != std::string::npos);
}

TEST_CASE("endless headers are an error") {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20'000; ++i) answer += fmt::format("X-{}: {}\r\n", i, "0123456789");
  const Listener server(answer + "\r\n");
  const auto http = make_curl_transport({});
  CHECK(error_of([&] { (void)get(*http, server.url()); }).find("127.0.0.1:") != std::string::npos);
}

TEST_CASE("a server that does not listen or does not answer is named") {
  const auto http = make_curl_transport({});
  CHECK(error_of([&] { (void)get(*http, "http://127.0.0.1:1/"); }) ==
        "connect to 127.0.0.1:1: Connection refused");
  CHECK(error_of([&] { (void)get(*http, "file:///etc/passwd"); }) ==
        "only http and https URLs are supported");
  const Listener mute("");
  CurlOptions options;
  options.idle_time = std::chrono::milliseconds(200);
  const auto impatient = make_curl_transport(options);
  CHECK(error_of([&] { (void)get(*impatient, mute.url()); }).ends_with(" sent no data for 0.2 s"));
}

namespace {

/// On a busy machine, the first period may pass before the headers arrive.
bool is_stalled(std::string_view message) {
  return message.ends_with(" is slower than 1000 bytes per second") ||
         message.find(" sent no data for ") != std::string_view::npos;
}

}  // namespace

TEST_CASE("a transfer from a very slow server is aborted") {
  CurlOptions options;
  options.idle_time = std::chrono::milliseconds(200);
  const auto impatient = make_curl_transport(options);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  const std::chrono::milliseconds pace(50);
  const Listener slow_head(head, pace);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(error_of([&] {
          (void)get(*impatient, slow_head.url());
        }).ends_with(" sent no data for 0.2 s"));
  const Listener slow_body(head + std::string(1000, 'x'), pace, head.size());
  CHECK(is_stalled(error_of([&] { (void)get(*impatient, slow_body.url()); })));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("only headers and content count as progress") {
  // A chunk's size may have an extension of any length, which libcurl ignores.
  CurlOptions options;
  options.idle_time = std::chrono::milliseconds(300);
  const auto http = make_curl_transport(options);
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;";
  const Listener extensions(head + std::string(100'000, 'x'), std::chrono::milliseconds(1),
                            head.size());
  CHECK(is_stalled(error_of([&] { (void)get(*http, extensions.url()); })));
  // Interim answers are headers, whose size is limited.
  std::string interim;
  for (int i = 0; i < 20'000; ++i) interim += "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n";
  const Listener waiting(interim);
  CHECK_FALSE(error_of([&] { (void)get(*http, waiting.url()); }).empty());
}

TEST_CASE("a slow reader is not mistaken for a slow server") {
  CurlOptions options;
  options.idle_time = std::chrono::milliseconds(1'000);
  const auto http = make_curl_transport(options);
  const Listener server("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" +
                        std::string(4'000'000, 'x'));
  HttpRequest request;
  request.url = server.url();
  const HttpResponse response = http->send(request);
  std::this_thread::sleep_for(std::chrono::milliseconds(1'300));
  CHECK(read_all(*response.body, 1 << 23, "body").size() == 4'000'000);
}

TEST_CASE("only an answer that is not TLS says that there is none") {
  const auto fault_of = [](const std::string& url) {
    const auto http = make_curl_transport({});
    try {
      (void)get(*http, "https" + url.substr(4));
    } catch (const TransportError& error) {
      return error.fault();
    }
    return TransportFault::unreachable;
  };
  CHECK(fault_of(Listener("HTTP/1.1 400 Bad Request\r\n\r\n").url()) == TransportFault::no_tls);
  const Listener mail("220 smtp.test ready\r\n");
  CHECK(fault_of(mail.url()) == TransportFault::no_tls);
  const Listener closed("", std::chrono::milliseconds(1));
  CHECK(fault_of(closed.url()) == TransportFault::tls_failed);
  CHECK(is_no_tls("error:0A00010B:SSL routines::wrong version number"));
  CHECK_FALSE(is_no_tls("OpenSSL SSL_connect: Connection reset by peer in connection to r.test"));
}

TEST_CASE("data before an interruption is delivered first") {
  const auto http = make_curl_transport({});
  const Listener cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
  HttpRequest request;
  request.url = cut.url();
  const HttpResponse response = http->send(request);
  std::array<std::byte, 100> buffer{};
  std::string read;
  CHECK(error_of([&] {
          for (;;) {
            const std::size_t count = response.body->read(buffer);
            read += as_text(std::span(buffer).first(count));
            if (count == 0) return;
          }
        }).find(" was interrupted: ") != std::string::npos);
  CHECK(read == "body");
}

TEST_CASE("a transfer can be stopped") {
  const Listener mute("");
  std::stop_source source;
  CurlOptions options;
  options.stop = source.get_token();
  const auto http = make_curl_transport(options);
  const std::jthread stopper([&] { source.request_stop(); });
  CHECK(test::kind_of_error([&] { (void)get(*http, mute.url()); }) == "cancelled");
}
