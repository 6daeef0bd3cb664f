// One writer for each kind of place.
#include "modulah/images/write_place.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "modulah/base/error.h"
#include "modulah/image/archive.h"
#include "modulah/image/docker_archive.h"
#include "modulah/image/docker_directory.h"
#include "modulah/image/layout_format.h"
#include "modulah/images/platforms.h"
#include "modulah/oci/reference.h"
#include "modulah/store/layout_store.h"

namespace modulah::images {

namespace {

using image::CopyOptions;
using image::CopyResult;
using image::Place;
using image::PlaceKind;

bool is_whole_name(std::string_view name) {
  return name.find_first_of("/:") != std::string_view::npos;
}

std::string completed(std::string_view name) {
  return oci::Reference::parse(name, oci::Reference::Defaults::local).text();
}

/// Names an image in a layout. A name of the place is its ref.name as it is; the image's own name
/// is kept beside it, so that it survives the layout.
void tag_in_layout(image::ImageStore& layout, const oci::Descriptor& root,
                   const std::string& place_name, const std::vector<std::string>& names) {
  if (!place_name.empty()) {
    const std::string full = is_whole_name(place_name) ? completed(place_name)
                             : names.empty()           ? ""
                                                       : names.front();
    layout.tag(place_name, image::named_entry(root, full));
    return;
  }
  if (names.empty()) layout.tag("", root);
  for (const std::string& name : names) layout.tag(name, image::named_entry(root, name));
}

class LayoutWriter : public PlaceWriter {
 public:
  LayoutWriter(const Place& place, const std::filesystem::path& path)
      : name_(place.name), layout_(path, store::Access::write, store::Role::layout) {}

  CopyResult add(image::ImageStore& from, const oci::Descriptor& root,
                 const std::vector<std::string>& names, const CopyOptions& options) override {
    // A layout is a directory that anything may have happened to.
    CopyOptions deep = options;
    deep.check = image::CopyCheck::deep;
    const CopyResult copied = image::copy_image(from, layout_, root, deep);
    tag_in_layout(layout_, root, name_, names);
    return copied;
  }
  void commit() override {}

 private:
  const std::string name_;
  store::LayoutStore layout_;
};

class OciArchiveWriter : public PlaceWriter {
 public:
  OciArchiveWriter(const Place& place, const std::filesystem::path& path)
      : name_(place.name), archive_(path) {}

  CopyResult add(image::ImageStore& from, const oci::Descriptor& root,
                 const std::vector<std::string>& names, const CopyOptions& options) override {
    const CopyResult copied = image::copy_image(from, archive_, root, options);
    tag_in_layout(archive_, root, name_, names);
    return copied;
  }
  void commit() override { archive_.commit(); }

 private:
  const std::string name_;
  image::ArchiveWriter archive_;
};

class DockerWriter : public PlaceWriter {
 public:
  DockerWriter(const Place& place, const std::filesystem::path& path)
      : name_(place.name), archive_(path) {}

  CopyResult add(image::ImageStore& from, const oci::Descriptor& root,
                 const std::vector<std::string>& names, const CopyOptions& options) override {
    std::vector<std::string> tags;
    if (!name_.empty()) tags = {completed(name_)};
    // A name with a digest cannot be a tag of an archive.
    if (name_.empty())
      std::copy_if(names.begin(), names.end(), std::back_inserter(tags),
                   [](const std::string& name) { return name.find('@') == std::string::npos; });
    const oci::Descriptor manifest = choose_runnable(from, root, "the image");
    return archive_.add(from, manifest, tags, options);
  }
  void commit() override { archive_.commit(); }

 private:
  const std::string name_;
  image::DockerArchiveWriter archive_;
};

class DirectoryWriter : public PlaceWriter {
 public:
  explicit DirectoryWriter(const std::filesystem::path& path)
      : directory_(path, image::DockerDirectory::Access::write) {}

  CopyResult add(image::ImageStore& from, const oci::Descriptor& root,
                 const std::vector<std::string>&, const CopyOptions& options) override {
    const CopyResult copied = image::copy_image(from, directory_, root, options);
    directory_.tag("", root);
    return copied;
  }
  void commit() override {}

 private:
  image::DockerDirectory directory_;
};

}  // namespace

std::unique_ptr<PlaceWriter> make_place_writer(const Place& place,
                                               const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / place.path;
  switch (place.kind) {
    case PlaceKind::oci_archive:
      return std::make_unique<OciArchiveWriter>(place, path);
    case PlaceKind::oci_directory:
      return std::make_unique<LayoutWriter>(place, path);
    case PlaceKind::docker_archive:
      return std::make_unique<DockerWriter>(place, path);
    case PlaceKind::docker_directory:
      return std::make_unique<DirectoryWriter>(path);
    case PlaceKind::registry:
    case PlaceKind::other:
      break;
  }
  throw Error(ErrorKind::unsupported,
              fmt::format("\"{}\" is not a place on disk", image::row_of(place.kind).prefix));
}

CopyResult write_to_place(image::ImageStore& from, const oci::Descriptor& root,
                          const std::vector<std::string>& names, const Place& place,
                          const std::filesystem::path& directory, const CopyOptions& options) {
  const std::unique_ptr<PlaceWriter> writer = make_place_writer(place, directory);
  const CopyResult copied = writer->add(from, root, names, options);
  writer->commit();
  return copied;
}

}  // namespace modulah::images
