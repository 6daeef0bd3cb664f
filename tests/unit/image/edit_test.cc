#include "modulah/image/edit.h"

#include "modulah_test/catch.h"

using namespace modulah;
using namespace modulah::image;

TEST_CASE("append_layer names the layer in both documents and leaves the old image alone") {
  const Image before;
  const LayerRecord layer{{std::string(oci::media_type::kOciLayerGzip), oci::Digest::of("gz"), 2},
                          oci::Digest::of("tar")};
  Image after = append_layer(before, layer, {"", "COPY a /", "", "", true});
  after = append_history(after, {"", "CMD [\"/a\"]", "", "", false});
  CHECK(before.layers.empty());
  CHECK(after.layers == std::vector{layer.descriptor});
  CHECK(after.config.diff_ids == std::vector{layer.diff_id});
  REQUIRE(after.config.history.size() == 2);
  CHECK_FALSE(after.config.history[0].is_empty_layer);
  CHECK(after.config.history[1].is_empty_layer);
}

TEST_CASE("make_manifest makes either family's") {
  const oci::Descriptor config{std::string(oci::media_type::kOciConfig), oci::Digest::of("{}"), 2};
  const Image image = set_annotations(set_annotations({}, {{"a", "1"}, {"b", "2"}}), {{"a", "3"}});
  const oci::Manifest manifest = make_manifest(image, config, oci::Format::oci);
  CHECK(manifest.media_type == oci::media_type::kOciManifest);
  CHECK(manifest.config == config);
  CHECK(manifest.annotations == oci::Annotations{{"a", "3"}, {"b", "2"}});
  CHECK(make_manifest(image, config, oci::Format::docker).media_type ==
        oci::media_type::kDockerManifest);
}
