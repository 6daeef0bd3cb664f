// A build context in a temporary directory, a store, and what a build says.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "modulah/base/files.h"
#include "modulah/base/reporter.h"
#include "modulah/builder/builder.h"
#include "modulah/image/tar.h"
#include "modulah/layer/tar_reader.h"
#include "modulah/oci/image_config.h"
#include "modulah/oci/manifest.h"

#include "modulah_test/paths.h"

namespace modulah::test {

/// The smallest command: exports `_start`, which does nothing.
inline const std::string kCommand =
    std::string("\0asm\1\0\0\0", 8) + std::string("\x01\x04\x01\x60\x00\x00", 6) +
    std::string("\x03\x02\x01\x00", 4) + std::string("\x07\x0a\x01\x06_start\x00\x00", 12) +
    std::string("\x0a\x04\x01\x02\x00\x0b", 6);

/// Keeps the lines it is told.
class RecordingReporter : public Reporter {
 public:
  void info(std::string_view line) override { add("", line); }
  void warning(std::string_view line) override { add("warning: ", line); }
  void debug(std::string_view) override {}
  std::unique_ptr<Progress> begin(std::string_view what, std::uint64_t total) override {
    return silent_reporter().begin(what, total);
  }
  std::vector<std::string> lines;

 private:
  void add(std::string_view prefix, std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines.push_back(std::string(prefix) + std::string(line));
  }
  std::mutex mutex_;
};

/// A tar in the making.
class ArchiveText {
 public:
  void file(const std::string& path, const std::string& content) {
    layer::Entry entry;
    entry.path = path;
    entry.size = content.size();
    image::append_tar_header(text_, entry);
    text_ += content + std::string(image::tar_padding(content.size()), '\0');
  }
  void hardlink(const std::string& path, const std::string& target) {
    layer::Entry entry;
    entry.path = path;
    entry.type = layer::EntryType::hardlink;
    entry.link_target = target;
    image::append_tar_header(text_, entry);
  }
  [[nodiscard]] std::string text() const { return text_ + std::string(image::kTarEndBytes, '\0'); }

 private:
  std::string text_;
};

class BuildFixture {
 public:
  BuildFixture() : root_(std::filesystem::temp_directory_path()) {
    std::filesystem::create_directories(context());
  }

  [[nodiscard]] std::filesystem::path context() const { return root_.path() / "context"; }
  [[nodiscard]] std::filesystem::path store_root() const { return root_.path() / "store"; }

  /// Writes a file of the context, with its parents.
  void file(const std::string& name, const std::string& content, unsigned mode = 0644) const {
    const std::filesystem::path path = context() / name;
    std::filesystem::create_directories(path.parent_path());
    write_file(path, content);
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
  }

  builder::BuildRequest request(const std::string& containerfile) const {
    builder::BuildRequest request;
    request.context = context();
    request.containerfile = {"Containerfile", containerfile};
    return request;
  }

  builder::BuildResult build(const builder::BuildRequest& request) {
    store::LayoutStore store(store_root(), store::Access::write);
    builder::BuildTools tools;
    tools.wasmtime_libraries = {wasmtime_library()};
    return builder::build_image(request, tools, store, reporter);
  }
  builder::BuildResult build(const std::string& containerfile) {
    return build(request(containerfile));
  }
  /// What is to be said about the Containerfile, as lines.
  std::vector<std::string> check(const builder::BuildRequest& request) {
    builder::BuildTools tools;
    tools.wasmtime_libraries = {wasmtime_library()};
    return lines_of(builder::check_build(request, tools, reporter));
  }
  std::vector<std::string> check(const std::string& containerfile) {
    return check(request(containerfile));
  }
  /// Findings as "Containerfile:2:6: error: … [RULE]".
  static std::vector<std::string> lines_of(const std::vector<validate::Finding>& findings) {
    std::vector<std::string> lines;
    for (const validate::Finding& finding : findings) lines.push_back(validate::to_line(finding));
    return lines;
  }

  oci::Manifest manifest(const builder::BuildResult& result) const {
    return oci::parse_manifest(text(result.images.front().manifest), "manifest");
  }
  oci::ImageConfig config(const builder::BuildResult& result) const {
    return oci::parse_image_config(text(manifest(result).config), "configuration");
  }
  std::string text(const oci::Descriptor& blob) const {
    store::LayoutStore store(store_root(), store::Access::read);
    return oci::read_blob(store, blob, oci::kMaxDocumentBytes);
  }

  /// A layer as lines: "type mode uid:gid path[ -> target][ content]", in the order of the tar.
  std::vector<std::string> layer(const builder::BuildResult& result, std::size_t number) const;

  RecordingReporter reporter;

 private:
  TempDir root_;
};

}  // namespace modulah::test
