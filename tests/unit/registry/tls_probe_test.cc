// The protocol of a server, by the first byte of its answer.
#include "tls_probe.h"

#include <thread>

#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "modulah/base/files.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::registry;
using namespace std::chrono_literals;

namespace {

/// Accepts one connection, reads the greeting, sends an answer and closes it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_.get(), 1) == 0);
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const FileDescriptor peer(::accept(fd_.get(), nullptr, nullptr));
      char greeting[512];
      got_ = ::recv(peer.get(), greeting, sizeof greeting, 0);
      first_ = greeting[0];
      if (!answer.empty()) (void)!::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    });
  }
  ~OneAnswer() { wait(); }

  [[nodiscard]] std::string authority() const { return fmt::format("127.0.0.1:{}", port_); }
  /// The size of the greeting, and its first byte.
  [[nodiscard]] std::pair<long, char> greeting() {
    wait();
    return {got_, first_};
  }

 private:
  void wait() {
    if (thread_.joinable()) thread_.join();
  }

  FileDescriptor fd_;
  unsigned port_ = 0;
  long got_ = 0;
  char first_ = 0;
  std::thread thread_;
};

Speech speech_of(const std::string& answer) {
  OneAnswer server(answer);
  return probe_tls(server.authority(), 2'000ms);
}

}  // namespace

TEST_CASE("the first byte of the answer tells TLS from plain HTTP") {
  CHECK(speech_of("HTTP/1.1 400 Bad Request\r\n\r\n") == Speech::plain_http);
  CHECK(speech_of(std::string("\x15\x03\x03\x00\x02\x02\x28", 7)) == Speech::tls);
  CHECK(speech_of("\x16\x03\x03") == Speech::tls);
  CHECK(speech_of("220 mail\r\n") == Speech::unknown);
  CHECK(speech_of("") == Speech::unknown);
}

TEST_CASE("the greeting is one TLS record that contains a newline") {
  OneAnswer server("HTTP/1.1 400\r\n\r\n");
  (void)probe_tls(server.authority(), 2'000ms);
  const auto [bytes, first] = server.greeting();
  CHECK(first == '\x16');
  CHECK(bytes == 66);
}

TEST_CASE("a closed port is unknown") {
  CHECK(probe_tls("127.0.0.1:1", 500ms) == Speech::unknown);
  CHECK(probe_tls("[::1]:1", 500ms) == Speech::unknown);
  CHECK(probe_tls("", 500ms) == Speech::unknown);
  CHECK(probe_tls("127.0.0.1:no-port", 500ms) == Speech::unknown);
}
