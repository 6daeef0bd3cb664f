#!/usr/bin/env python3
"""Makes the small inputs that fuzz targets begin with, in seeds/ beside this file. Run by hand when a
target is new; what it makes is committed, and is the same each time."""
import gzip
import hashlib
import io
import json
import pathlib
import tarfile

SEEDS = pathlib.Path(__file__).parent / "seeds"


def keep(target, name, data):
    path = SEEDS / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def tar(*members, format=tarfile.GNU_FORMAT):
    """Members are (name, content), or (name, type, link target)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, *rest in members:
            info = tarfile.TarInfo(name)
            if len(rest) == 2:
                info.type, info.linkname = rest
                archive.addfile(info)
            else:
                content = rest[0].encode() if isinstance(rest[0], str) else rest[0]
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    # The end's two blocks, without the rest of the record.
    blocks = out.getvalue().rstrip(b"\0")
    return blocks.ljust(-(-len(blocks) // 512) * 512, b"\0") + bytes(1024)


def descriptor(media_type, data):
    return {"mediaType": media_type, "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
            "size": len(data)}


LAYER = tar(("app.wasm", b"\0asm\1\0\0\0"))
CONFIG = json.dumps({
    "created": "1970-01-01T00:00:00Z", "architecture": "wasm", "os": "wasi",
    "config": {"Entrypoint": ["/app.wasm"], "Cmd": ["a"], "Env": ["A=b"], "Labels": {"a": "b"},
               "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/v": {}}, "WorkingDir": "/",
               "Healthcheck": {"Test": ["NONE"], "Interval": 1000000000, "Retries": 3},
               "OnBuild": ["RUN x"], "StopSignal": "SIGTERM", "User": "0:0"},
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(LAYER).hexdigest()]},
    "history": [{"created_by": "COPY app.wasm /"}, {"empty_layer": True}],
}).encode()
MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": descriptor("application/vnd.oci.image.config.v1+json", CONFIG),
    "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", LAYER)],
    "annotations": {"module.wasm.image/variant": "compat"},
}).encode()
INDEX = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
    "manifests": [{**descriptor("application/vnd.oci.image.manifest.v1+json", MANIFEST),
                   "platform": {"os": "wasi", "architecture": "wasm", "os.features": ["x"]},
                   "annotations": {"org.opencontainers.image.ref.name": "v1"}}],
}).encode()

for name, text in (("manifest", MANIFEST), ("index", INDEX), ("config", CONFIG)):
    keep("oci_documents", name, text)
keep("store_index", "index", INDEX)
RECORD = b"record of a step\n"
RECORD_SUM = hashlib.sha256(hashlib.sha256(b"key").digest() + RECORD).hexdigest().encode()
keep("store_records", "record", b"modulah 1 " + RECORD_SUM + b"\n" + RECORD)
keep("store_index", "other_digest", INDEX.replace(b"sha256:", b"sha512:" + b"0" * 64))

for name, text in (("short", "demo/app"), ("registry", "127.0.0.1:5000/demo/app:v1"),
                   ("digest", "ghcr.io/a/b@sha256:" + "0" * 64), ("ipv6", "[::1]:5000/a__b-c.d:V_1"),
                   ("plain_digest", "sha256:" + "a" * 64), ("platform", "linux/arm64/v8")):
    keep("oci_names", name, text)

BLOBS = "blobs/sha256/"
keep("image_archive", "image", tar(
    ("oci-layout", '{"imageLayoutVersion":"1.0.0"}'), ("index.json", INDEX),
    *((BLOBS + hashlib.sha256(blob).hexdigest(), blob) for blob in (MANIFEST, CONFIG, LAYER))))
keep("image_archive", "reference", "oci-archive:dir/file.tar:v1.0")

keep("base_decompress", "gzip", gzip.compress(b"hello " * 100, mtime=0))
keep("base_decompress", "two_members", gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0))
# A zstd frame of one raw block.
keep("base_decompress", "zstd", b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello")

LINKS = tar(("d/f", "text"), ("l", tarfile.SYMTYPE, "/d"), ("up", tarfile.SYMTYPE, "../../.."),
            ("h", tarfile.LNKTYPE, "d/f"))
UPPER = tar(("l/new", "text"), ("up/outside/file", "changed"), ("d/.wh.f", ""), (".wh..wh..opq", ""),
            ("h", tarfile.LNKTYPE, "../outside/file"), ("fifo", tarfile.FIFOTYPE, ""))
# The target takes the first half for the lower layer.
size = max(len(LINKS), len(UPPER))
keep("layer_unpack", "links", LINKS.ljust(size, b"\0") + UPPER.ljust(size, b"\0"))
keep("layer_tar", "links", LINKS)
keep("layer_tar", "pax", tar(("n" * 120, "text"), ("ä", "text"), format=tarfile.PAX_FORMAT))
keep("layer_tar", "gnu_long", tar(("n" * 120, "text"), ("l", tarfile.SYMTYPE, "t" * 120)))
keep("layer_tar", "gzip", gzip.compress(LAYER, mtime=0))
keep("layer_archive", "tar", LINKS)
keep("layer_archive", "gzip", gzip.compress(UPPER, mtime=0))

CONTAINERFILE = """# syntax=docker/dockerfile:1
# check=skip=JSONArgsRecommended;error=true
ARG V=1
FROM --platform=wasi/wasm scratch AS base
ENV A=b C="d e" F=${V:-x}
COPY --chmod=755 --from=base a.wasm /app.wasm
COPY <<EOF /text
hello $A
EOF
ADD --checksum=sha256:00 https://example.com/x /x
WORKDIR work
EXPOSE 80/TCP 81
HEALTHCHECK --interval=5s CMD x
ENTRYPOINT ["/app.wasm"]
CMD a b
"""
for target in ("containerfile_parser", "validate_containerfile"):
    keep(target, "all", CONTAINERFILE)
    keep(target, "escape", "# escape=`\nFROM scratch\nENV a=b `\n c=d\nLABEL x y z\n")
keep("containerfile_expander", "forms", "${a:-b}${e:+c}${x##*/}'$a'\"${a//a/b}\" u+rwX,go=")
keep("containerfile_ignore", "rules", "# no\n*.o\n!a.o\n**/d/**\n[a-c]?\na/d/b.o")

keep("commands_template", "fields", '{{.Id}}\\t{{json .Labels}} {{index .Labels "a.b"}}{{index .L 0}}\n'
     '{"Id": "x", "Labels": {"a.b": "c"}, "L": [1, [2], {"a": null}]}')
keep("commands_template", "blocks", "{{$n := 1 -}} {{range $i, $v := .L}}{{if and $i (lt $i 9)}}{{$v | "
     "printf \"%-5v|%q\" \"x\"}}{{else if .}}{{break}}{{else}}{{$n = $i}}{{end}}{{/* c */}}{{end}}\n"
     '{"L": [1, "b", [2]]}')
keep("commands_template", "functions", "table {{join (split .Id \"/\") \",\" | upper}}\\t{{slice .Id 1 2 | "
     "len}} {{pad (truncate .Id 2) 1 1}}{{with .M}}{{.a}}{{end}}{{index .M \"a\" | title}}{{`r`}}\n"
     '{"Id": "a/b/c", "M": {"a": "x y"}}')

keep("registry_answers", "token", "401\nWWW-Authenticate: Bearer realm=\"https://auth.example/token\","
     "service=\"s\",scope=\"repository:demo/app:pull\"\n\n200\n"
     "body {\"token\":\"t\",\"expires_in\":1e30}\n\n200\n"
     "Content-Type: application/vnd.oci.image.manifest.v1+json\nDocker-Content-Digest: sha256:"
     + "0" * 64 + "\nContent-Length: 7\nWarning: 299 - \"old\"\n\n200\nbody {}\n")
keep("registry_answers", "upload", "202\nLocation: /v2/demo/app/blobs/uploads/1?_state=a\n\n201\n"
     "Docker-Content-Digest: sha256:" + "0" * 64 + "\n")
keep("registry_answers", "redirect", "307\nLocation: https://cdn.example/x\n\n429\nRetry-After: 2\n"
     "body {\"errors\":[{\"code\":\"TOOMANYREQUESTS\",\"message\":\"slow down\"}]}\n\n200\nbody blob\n")
keep("registry_auth", "challenge", 'Basic realm="a", Bearer realm="https://x/t",scope="a b",x=y')
keep("registry_auth", "file", '{"auths":{"https://index.docker.io/v1/":{"auth":"YTpi"},"h:1/r":'
     '{"identitytoken":"t"}},"credHelpers":{"x":"y"},"credsStore":"z"}')


def section(number, *parts):
    body = b"".join(parts)
    return bytes([number, len(body)]) + body


def name(text):
    return bytes([len(text)]) + text.encode()


MODULE = (b"\0asm\1\0\0\0" + section(1, b"\1\x60\0\0")
          + section(2, b"\1", name("wasi_snapshot_preview1"), name("fd_write"), b"\0\0")
          + section(3, b"\1\0") + section(5, b"\1\0\1")
          + section(7, b"\2", name("_start"), b"\0\1", name("memory"), b"\2\0")
          + section(10, b"\1\2\0\x0b")
          + section(0, name("target_features"), b"\1+", name("simd128"))
          + section(0, name("producers"), b"\1", name("language"), b"\1", name("C"), name("11")))
keep("wasm_summary", "module", MODULE)
keep("wasm_summary", "component",
     b"\0asm\x0d\0\1\0" + section(1, MODULE) + section(0, name("x")))

NAMED = (MODULE + section(11, b"\2\0\x41\x10\x0b\1x\1\2yz")
         + section(0, name("name"), b"\1\6\1\1", name("run"), b"\x09\4\1\0\1d"))
keep("wasm_largest", "module", NAMED)
keep("wasm_largest", "component",
     b"\0asm\x0d\0\1\0" + section(1, NAMED) + section(4, b"\0asm\x0d\0\1\0" + section(1, MODULE)))
keep("optimizer_protocol", "request", json.dumps({
    "task": 2, "libraries": ["libbinaryen.so"], "used_features": ["simd128"], "features": [],
    "level": 3, "has_names": True}) + "\n")
keep("optimizer_protocol", "reply", json.dumps({
    "outcome": 3, "message": "simd128", "hint": "", "library": "libbinaryen.so", "version": "120",
    "build_id": "00"}) + "\n\0asm")

for number, symbol in enumerate((
        "_ZN3app3runEi", "_ZZN3app3runEiENUliE_8__invokeEi", "_Z1fSt4pairIS_IiiES0_E",
        "_ZNSt6vectorIiSaIiEE9push_backERKi", "_Z1fIJiiEEvDpT_", "_ZN1AcvT_IiEEv",
        "_RINvNtCs6xxl1lAjzDf_1a3geo1dDNtNtNtNtCsgEmfK2I1SDS_4core4iter6traits8iterator8Iterator"
        "p4ItemhEL_EB4_", "_RINvNtCs6xxl1lAjzDf_1a3geo1dFG_QL0_SlAuj3_EoEB4_",
        "_RINvNtCs6xxl1lAjzDf_1a3geo3genThReEKb1_Kcdf_Kan3_EB4_",
        "_RNvNtCs6xxl1lAjzDf_1a3geou9gre_6ka8i", "_RINvC1a1fKVNtB2_1SS1xh1_1yb0_EE",
        "_RINvC1a1fFUKCPaEuE.llvm.1", "_ZN1a3geo13gr$uf6$$udf$e17h0123456789abcdefE",
        "_ZN9_$LT$T$GT$3a..b17h0123456789abcdefE", "core::fmt::write::h0123456789abcdef")):
    keep("wasm_demangle", str(number), symbol)

docker_list = json.dumps([{"Config": "c.json", "RepoTags": ["localhost/app:v1"],
                           "Layers": ["l.tar", "l.tar.gz"]}])
docker_config = CONFIG.replace(b'"diff_ids": [', b'"diff_ids": ["sha256:' +
                               hashlib.sha256(LAYER).hexdigest().encode() + b'", ')
keep("image_docker_archive", "two_layers",
     tar(("c.json", docker_config), ("l.tar", LAYER), ("l.tar.gz", gzip.compress(LAYER, mtime=0)),
         ("link", tarfile.SYMTYPE, "l.tar"), ("manifest.json", docker_list)))
