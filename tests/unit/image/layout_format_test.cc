#include "modulah/image/layout_format.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using image::find_entry;
using image::full_name;

namespace {

oci::Descriptor entry(const std::string& text, const std::string& ref, const std::string& full) {
  oci::Descriptor descriptor{"m", oci::Digest::of(text), 1};
  if (!ref.empty()) descriptor.annotations[std::string(image::kRefName)] = ref;
  if (!full.empty()) descriptor.annotations[std::string(image::kFullName)] = full;
  return descriptor;
}

}  // namespace

TEST_CASE("an entry's complete name is containerd's, else a ref.name that is more than a tag") {
  CHECK(full_name(entry("a", "v1", "docker.io/library/app:v1")) == "docker.io/library/app:v1");
  CHECK(full_name(entry("a", "demo/app:v1", "")) == "localhost/demo/app:v1");
  CHECK(full_name(entry("a", "demo/app:v1", "Not A Name")) == "localhost/demo/app:v1");
  CHECK(full_name(entry("a", "v1", "")).empty());
  CHECK(full_name(entry("a", "", "")).empty());
  CHECK(full_name(entry("a", "A/B:c", "")).empty());
}

TEST_CASE("find_entry takes the name as it is before a completed one") {
  const std::vector<oci::Descriptor> entries = {entry("a", "v1", "localhost/app:v1"),
                                                entry("b", "app:v1", ""),
                                                entry("c", "localhost/demo:v1", "")};
  CHECK(find_entry(entries, "v1", "layout")->digest == oci::Digest::of("a"));
  CHECK(find_entry(entries, "app:v1", "layout")->digest == oci::Digest::of("b"));
  CHECK(find_entry(entries, "demo:v1", "layout")->digest == oci::Digest::of("c"));
  CHECK(find_entry(entries, "demo:v1", "layout")->annotations.empty());
  CHECK_FALSE(find_entry(entries, "demo", "layout").has_value());
  CHECK(test::error_of([&] { (void)find_entry(entries, "", "layout"); }) ==
        "layout has 3 images, and none was named");
}
