#include "modulah/oci/blob_reader.h"

#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;

namespace {

oci::Descriptor descriptor_of(std::string_view text) {
  return {"text/plain", oci::Digest::of(text), text.size()};
}

std::string read_as(std::string_view bytes, const oci::Descriptor& descriptor) {
  oci::VerifyingSource source(std::make_unique<SpanSource>(bytes), descriptor);
  return read_all(source, 100, "blob");
}

class OneBlob : public oci::BlobReader {
 public:
  explicit OneBlob(std::string text) : text_(std::move(text)) {}
  bool has(const oci::Descriptor&) override { return true; }
  std::unique_ptr<Source> open(const oci::Descriptor&) override {
    return std::make_unique<SpanSource>(std::string_view(text_));
  }

 private:
  std::string text_;
};

}  // namespace

TEST_CASE("a VerifyingSource passes on what is right") {
  CHECK(read_as("hello", descriptor_of("hello")) == "hello");
  CHECK(read_as("", descriptor_of("")).empty());
}

TEST_CASE("a VerifyingSource refuses other sizes and other bytes") {
  const oci::Descriptor hello = descriptor_of("hello");
  const std::string digest = hello.digest.text();
  CHECK(test::error_of([&] { (void)read_as("hell", hello); }) ==
        "blob " + digest + " has 4 bytes, not the 5 its descriptor says");
  CHECK(test::error_of([&] { (void)read_as("hello!", hello); }) ==
        "blob " + digest + " has more than the 5 bytes its descriptor says");
  CHECK(test::error_of([&] { (void)read_as("hallo", hello); }) ==
        "blob " + digest + " has other bytes: their digest is " + oci::Digest::of("hallo").text());
}

TEST_CASE("read_blob checks a blob whatever its reader checks, and is bounded") {
  const oci::Descriptor hello = descriptor_of("hello");
  OneBlob right("hello");
  OneBlob wrong("hallo");
  CHECK(oci::read_blob(right, hello, 5) == "hello");
  CHECK(test::kind_of_error([&] { (void)oci::read_blob(wrong, hello, 5); }) == "corrupt");
  CHECK(test::error_of([&] { (void)oci::read_blob(right, hello, 4); }) ==
        "blob " + hello.digest.text() + " has 5 bytes, more than the 4 allowed");
}
