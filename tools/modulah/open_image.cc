// A place on disk, else an image of the store.
#include "open_image.h"

namespace modulah::cli {

images::Surroundings surroundings_of(const Invocation& invocation) {
  const std::string temporary = invocation.world.env("TMPDIR");
  return {invocation.world.directory, temporary.empty() ? "/tmp" : temporary};
}

images::OpenedImage open_image(const Invocation& invocation, std::string_view word,
                               images::Holding holding) {
  const auto place = image::parse_place(word, image::PlaceUse::read);
  if (place && place->is_on_disk())
    return images::open_place(*place, surroundings_of(invocation), word);
  return images::open_stored(invocation.store_root(), invocation.world.directory,
                             place ? place->name : word, holding);
}

}  // namespace modulah::cli
