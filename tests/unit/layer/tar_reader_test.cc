#include "modulah/layer/tar_reader.h"

#include "layer_helpers.h"
#include "modulah_test/catch.h"
#include "modulah_test/errors.h"

using namespace modulah;
using namespace modulah::layer;
using test::error_of;
using test::make_file;
using test::MemoryStore;

namespace {

void read_through(MemoryStore& store, const oci::Descriptor& blob, const LayerLimits& limits = {}) {
  TarReader reader(store, blob, limits);
  while (reader.next()) {
  }
}

}  // namespace

TEST_CASE("a layer may not hold more than its limits") {
  MemoryStore store;
  const oci::Descriptor layer =
      test::put_layer(store, {make_file("a", std::string(1'000'000, 'a')), make_file("b", "b")});
  LayerLimits limits;
  limits.max_plain_bytes = 500'000;
  CHECK(error_of([&] { read_through(store, layer, limits); }) ==
        "layer " + layer.digest.text() + " has more than the 500000 plain bytes allowed");
  limits = {};
  limits.max_entries = 1;
  CHECK(error_of([&] { read_through(store, layer, limits); }) ==
        "layer " + layer.digest.text() + " has more than the 1 entries allowed");
  CHECK(error_of([&] { read_through(store, layer); }) == "(no error)");
}

TEST_CASE("a layer that is cut off is corrupt, wherever the cut is") {
  MemoryStore store;
  const oci::Descriptor whole = test::put_layer(store, {make_file("a", test::noise(3'000))});
  const std::string bytes = store.text_of(whole.digest);
  for (std::size_t size = 10; size < bytes.size(); size += 101) {
    const oci::Descriptor cut = store.add(oci::media_type::kOciLayerGzip, bytes.substr(0, size));
    CAPTURE(size);
    CHECK(test::kind_of_error([&] { read_through(store, cut); }) == "corrupt");
  }
}

TEST_CASE("a layer is checked to its last byte, also behind the tar's end") {
  MemoryStore store;
  LayerOptions options;
  options.compression = Compression::none;
  const oci::Descriptor layer =
      test::write_layer(store.begin_blob(), {make_file("a", "text")}, options).descriptor;
  std::string bytes = store.text_of(layer.digest);
  bytes.back() = 'x';
  store.corrupt(layer.digest, bytes);
  CHECK(test::kind_of_error([&] { read_through(store, layer); }) == "corrupt");
}

TEST_CASE("whiteouts say what is gone") {
  CHECK_FALSE(whiteout_of("a/b").has_value());
  CHECK(whiteout_of(".wh.a")->path == "a");
  CHECK(whiteout_of("d/.wh.a")->path == "d/a");
  CHECK(whiteout_of("d/.wh.a")->kind == Whiteout::Kind::name);
  CHECK(whiteout_of("d/.wh..wh..opq")->path == "d");
  CHECK(whiteout_of(".wh..wh..opq")->path == ".");
  CHECK(whiteout_of("d/.wh..wh..opq")->kind == Whiteout::Kind::directory);
  CHECK(whiteout_path("d/a") == "d/.wh.a");
  CHECK(whiteout_path("a") == ".wh.a");
  for (const char* path : {"d/.wh.", "d/.wh..", "d/.wh..."})
    CHECK(error_of([&] { (void)whiteout_of(path); }) ==
          "whiteout \"" + std::string(path) + "\" names nothing");
}
