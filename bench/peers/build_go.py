#!/usr/bin/env python3
"""Builds the Go server from Debian's packages, without a network: build_go.py PROTO_DIR OUTPUT.

Debian's protoc-gen-go does not support `optional` in proto3. So this script replaces it by a
oneof with that one field, which is the same on the wire and also distinguishes unset from 0.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DEBIAN = "/usr/share/gocode"
OPTIONAL = re.compile(r"optional ([^;]+;)")


def main(proto: str, output: str) -> None:
    """Builds the server. Raises CalledProcessError when a step fails, after the compiler has printed its errors."""
    with tempfile.TemporaryDirectory() as name:
        source = pathlib.Path(name) / "src"
        source.mkdir()
        contract = pathlib.Path(name) / "kv/v1/kv.proto"
        contract.parent.mkdir(parents=True)
        # [generate]
        text = (pathlib.Path(proto) / "kv/v1/kv.proto").read_text(encoding="utf-8")
        contract.write_text(OPTIONAL.sub(r"oneof presence { \1 }", text), encoding="utf-8")
        subprocess.run(["protoc", f"-I{name}", f"--go_out=plugins=grpc,Mkv/v1/kv.proto=kv/v1:{source}", "kv/v1/kv.proto"], check=True)
        # [generate]
        os.symlink(HERE / "go", source / "server")
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": f"{name}:{DEBIAN}", "GOCACHE": f"{pathlib.Path(output).resolve()}.cache", "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", pathlib.Path(output).resolve(), "server"], env=environment, cwd=name, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
