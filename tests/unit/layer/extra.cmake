# The peers' test puts layers into a layout on disk.
target_link_libraries(test_layer PRIVATE modulah_store)
