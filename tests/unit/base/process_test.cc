#include "modulah/base/process.h"

#include <thread>

#include <dirent.h>
#include <sys/stat.h>

#include "modulah/base/files.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using std::chrono::milliseconds;

namespace {

ProcessRequest shell(const std::string& script) {
  ProcessRequest request;
  request.args = {"/bin/sh", "-c", script};
  request.environment = {"PATH=/usr/bin:/bin"};
  request.max_time = std::chrono::seconds(60);
  return request;
}

std::size_t open_files() {
  std::size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

}  // namespace

TEST_CASE("run_process gives both outputs, the status, and exactly the environment asked for") {
  ProcessRequest request = shell("cat; echo \"$NAME\" >&2; pwd; exit 3");
  request.environment.push_back("NAME=value");
  request.input = std::string(300'000, 'x') + "\n";
  request.directory = "/";
  const ProcessResult result = run_process(request);
  CHECK(result.exit_status == 3);
  CHECK_FALSE(result.signal.has_value());
  CHECK_FALSE(result.is_timed_out);
  CHECK(result.output == request.input + "/\n");
  CHECK(result.diagnostics == "value\n");

  request = shell("");
  request.args = {"/usr/bin/env"};
  request.environment = {"A=1", "B=2"};
  CHECK(run_process(request).output == "A=1\nB=2\n");
}

TEST_CASE("a program that does not read its input is not a trouble") {
  ProcessRequest request = shell("exit 0");
  request.input = std::string(1'000'000, 'x');
  CHECK(run_process(request).exit_status == 0);
}

TEST_CASE("run_process tells the signal that ended a child") {
  const ProcessResult result = run_process(shell("kill -9 $$"));
  CHECK(result.signal == 9);
  CHECK(result.exit_status == 137);
}

TEST_CASE("run_process kills the child and all its group when the time is over") {
  ProcessRequest request = shell("sleep 1000 & echo started; wait");
  request.max_time = milliseconds(300);
  const ProcessResult result = run_process(request);
  CHECK(result.is_timed_out);
  CHECK(result.signal == 9);
  CHECK(result.output == "started\n");
}

TEST_CASE("a process left in the background does not hold run_process up, and is killed") {
  const TempDir folder(std::filesystem::temp_directory_path());
  ProcessRequest request = shell("sleep 1000 & echo $!");
  const auto begin = std::chrono::steady_clock::now();
  const ProcessResult result = run_process(request);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
  CHECK(result.exit_status == 0);
  // Killed means: gone, or a zombie that its new parent has not reaped yet. The kernel takes a
  // moment between the signal and the death.
  const std::string path = "/proc/" + result.output.substr(0, result.output.size() - 1) + "/stat";
  const auto is_dead = [&] {
    const auto state = read_file_if_exists(path, 4096);
    return !state || state->find(") Z") != std::string::npos ||
           state->find(") X") != std::string::npos;
  };
  while (!is_dead() && std::chrono::steady_clock::now() - begin < std::chrono::seconds(30))
    std::this_thread::sleep_for(milliseconds(1));
  CHECK(is_dead());
}

TEST_CASE("a child that closes its outputs is still waited for") {
  const ProcessResult result = run_process(shell("exec >&- 2>&-; sleep 0.1; exit 5"));
  CHECK(result.exit_status == 5);
}

TEST_CASE("run_process stops reading at the bound") {
  ProcessRequest request = shell("yes");
  request.max_output_bytes = 1000;
  CHECK(test::error_of([&] { (void)run_process(request); }) ==
        "/bin/sh wrote more than the 1000 bytes allowed to its standard output");
  request = shell("printf 12345 >&2");
  request.max_output_bytes = 4;
  CHECK(test::error_of([&] { (void)run_process(request); }) ==
        "/bin/sh wrote more than the 4 bytes allowed to its standard error");
  request.max_output_bytes = 5;
  CHECK(run_process(request).diagnostics == "12345");
}

TEST_CASE("run_process limits the child's memory") {
  // The limit is set from outside, a moment after the start: a child that is quicker waits for it.
  ProcessRequest request = shell("while [ \"$(ulimit -v)\" = unlimited ]; do :; done; ulimit -v");
  request.max_memory_bytes = 512 << 20;
  CHECK(run_process(request).output == "524288\n");
}

TEST_CASE("run_process ends when it is asked to stop") {
  ProcessRequest request = shell("sleep 1000");
  std::stop_source stop;
  request.stop = stop.get_token();
  std::jthread stopper([&] { stop.request_stop(); });
  const auto run = [&] { (void)run_process(request); };
  CHECK(test::error_of(run) == "/bin/sh was stopped");
  CHECK(test::kind_of_error(run) == "cancelled");
}

TEST_CASE("run_process says why a program cannot be run") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const std::string plain = folder.path() / "plain";
  write_file(plain, "text", 0644);
  ProcessRequest request;
  const auto run = [&] { (void)run_process(request); };
  CHECK(test::error_of(run) == "no program to run is named");
  request.args = {"/nothing/here"};
  CHECK(test::error_of(run) == "run /nothing/here: no such file or directory");
  CHECK(test::kind_of_error(run) == "not_found");
  request.args = {plain};
  CHECK(test::error_of(run) == "run " + plain + ": permission denied");
  request.args = {"nothing"};
  request.search_path = "/usr/bin:/bin";
  CHECK(test::error_of(run) == "program \"nothing\" is not in the search path \"/usr/bin:/bin\"");
  request.args = {"sh"};
  request.directory = "/nothing";
  CHECK(test::error_of(run) == "run sh in /nothing: no such file or directory");
  request.directory.clear();
  request.args = {"sh", std::string("a\0b", 3)};
  CHECK(test::error_of(run) == "run sh: an argument or variable has a NUL byte");
}

TEST_CASE("run_process can be called from several threads and leaves no file open") {
  const std::size_t before = open_files();
  std::vector<std::jthread> threads;
  std::vector<std::string> outputs(8);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    threads.emplace_back([&, i] {
      ProcessRequest request = shell("cat; ls /proc/self/fd | wc -l");
      request.input = std::to_string(i) + "\n";
      outputs[i] = run_process(request).output;
    });
  threads.clear();
  // The standard three and the one that ls reads the directory with: none of another thread's.
  for (std::size_t i = 0; i < outputs.size(); ++i) CHECK(outputs[i] == std::to_string(i) + "\n4\n");
  CHECK(open_files() == before);
}

TEST_CASE("find_program takes the first executable file") {
  const TempDir folder(std::filesystem::temp_directory_path());
  const std::filesystem::path one = folder.path() / "one";
  const std::filesystem::path two = folder.path() / "two";
  std::filesystem::create_directories(one / "directory");
  std::filesystem::create_directories(two);
  write_file(one / "plain", "", 0644);
  write_file(two / "plain", "", 0755);
  const std::string search_path = one.native() + ":" + two.native();
  CHECK(find_program("plain", search_path) == two / "plain");
  CHECK(find_program((two / "plain").native(), "") == two / "plain");
  CHECK_FALSE(find_program("directory", search_path).has_value());
  CHECK_FALSE(find_program("plain", "").has_value());
  CHECK_FALSE(find_program("", search_path).has_value());
  CHECK_FALSE(find_program((one / "plain").native(), search_path).has_value());
}
