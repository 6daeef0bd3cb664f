// A place on disk, else an image of the store.
#include "open_image.h"

namespace modulah::cli {

images::OpenedImage open_image(const Invocation& invocation, std::string_view word,
                               images::Holding holding) {
  const std::filesystem::path& directory = invocation.world.directory;
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && place->is_on_disk()) return images::open_place(*place, directory, word);
  return images::open_stored(invocation.store_root(), directory, place ? place->name : word,
                             holding);
}

}  // namespace modulah::cli
