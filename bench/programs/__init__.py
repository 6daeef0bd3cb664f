"""Generated programs of any size, compiled to WebAssembly as a debug build is."""
