#!/usr/bin/env python3
"""The layer check finds a planted violation, and nothing in the tree as it is."""
import sys
import tempfile
from pathlib import Path

root = Path(sys.argv[1])
sys.path.insert(0, str(root / "cmake"))
from check_layers import check  # noqa: E402

found = check(root)
assert not found, "\n".join(found)

with tempfile.TemporaryDirectory() as folder:
    planted = Path(folder)
    (planted / "cmake").mkdir()
    (planted / "cmake" / "layers.txt").write_text("base:\noci: base\n")
    base = planted / "base" / "include" / "modulah" / "base"
    oci = planted / "oci" / "include" / "modulah" / "oci"
    base.mkdir(parents=True)
    oci.mkdir(parents=True)
    (base / "a.h").write_text('#include "modulah/oci/b.h"\n')
    (oci / "b.h").write_text('#include "modulah/base/a.h"\n#include <nlohmann/json.hpp>\n')
    (base.parent.parent.parent / "c.cc").write_text("auto a = nlohmann::json::parse(text);\n")
    assert check(planted) == [
        "base/include/modulah/base/a.h:1: base may not include modulah/oci/b.h of oci",
        "oci/include/modulah/oci/b.h:2: a public header includes the third-party nlohmann/json.hpp",
        "base/c.cc:1: JSON is parsed without parse_json()",
    ], check(planted)
print("layers: a planted violation is found")
