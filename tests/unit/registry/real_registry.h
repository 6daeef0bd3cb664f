// A real docker-registry on 127.0.0.1, for tests; ends with the object.
#pragma once

#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modulah/base/error.h"
#include "modulah/base/files.h"
#include "modulah/base/process.h"

#include "modulah_test/skip.h"

namespace modulah::test {

constexpr const char* kSearchPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// Runs a program of the system; returns whether it succeeded.
inline bool run_program(std::vector<std::string> args, std::string* output = nullptr) {
  ProcessRequest request;
  request.args = std::move(args);
  request.environment = {"PATH=/usr/bin:/bin"};
  request.search_path = kSearchPath;
  const ProcessResult result = run_process(request);
  if (output != nullptr) *output = result.output;
  return result.exit_status == 0;
}

class RealRegistry {
 public:
  /// Nothing, with a message on stdout, when docker-registry is not installed. `http` and `extra`
  /// are added to the configuration.
  static std::unique_ptr<RealRegistry> start(const std::string& http = "",
                                             const std::string& extra = "") {
    if (!find_program("docker-registry", kSearchPath)) {
      skip("there is no docker-registry");
      return nullptr;
    }
    std::unique_ptr<RealRegistry> registry(new RealRegistry());
    registry->run(http, extra);
    return registry;
  }

  ~RealRegistry() {
    if (child_ <= 0) return;
    kill(child_, SIGTERM);  // `timeout` forwards it.
    waitpid(child_, nullptr, 0);
  }
  RealRegistry(const RealRegistry&) = delete;
  RealRegistry& operator=(const RealRegistry&) = delete;

  /// "127.0.0.1:PORT".
  [[nodiscard]] const std::string& address() const { return address_; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_.path(); }

 private:
  RealRegistry() = default;

  void run(const std::string& http, const std::string& extra) {
    const auto root = directory_.path();
    write_file(root / "config.yml",
               "version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: " +
                   (root / "data").native() + "}}\nhttp:\n  addr: 127.0.0.1:0\n" + http + extra);
    const std::string config = (root / "config.yml").native();
    const std::string log = (root / "log").native();
    // `timeout`: even when this process is killed, the registry ends by itself.
    const char* const args[] = {"timeout", "120",          "docker-registry",
                                "serve",   config.c_str(), nullptr};
    const char* const environment[] = {"PATH=/usr/bin:/bin", "OTEL_TRACES_EXPORTER=none", nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    const int error =
        posix_spawnp(&child_, "timeout", &actions, nullptr, const_cast<char* const*>(args),
                     const_cast<char* const*>(environment));
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw_system_error("start docker-registry", error);
    wait_for_address(log);
  }

  /// The system chooses its port; the log has it.
  void wait_for_address(const std::string& log) {
    constexpr int kTries = 1000;
    for (int i = 0; i < kTries; ++i) {
      const std::string text = read_file_if_exists(log, 1 << 20).value_or("");
      const std::size_t begin = text.find("listening on 127.0.0.1:");
      if (begin != std::string::npos) {
        const std::size_t address = begin + 13;
        const std::size_t end = text.find_first_not_of("0123456789.:", address);
        if (end != std::string::npos) {
          address_ = text.substr(address, end - address);
          return;
        }
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    throw Error(ErrorKind::unavailable, "docker-registry does not start");
  }

  TempDir directory_{std::filesystem::temp_directory_path()};
  pid_t child_ = -1;
  std::string address_;
};

}  // namespace modulah::test
