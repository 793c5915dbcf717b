#!/usr/bin/env python3
"""Builds the Go server from Debian's packages, without a network: build_go.py PROTO_DIR OUTPUT.

Debian's protoc-gen-go does not know `optional` of proto3. The field is the same on the wire
without it; the server can't tell unset from 0, and does not look at it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DEBIAN = "/usr/share/gocode"


def main(proto: str, output: str) -> None:
    """Raises CalledProcessError when a step fails; the compiler's words stand above."""
    with tempfile.TemporaryDirectory() as name:
        source = pathlib.Path(name) / "src"
        source.mkdir()
        contract = pathlib.Path(name) / "kv/v1/kv.proto"
        contract.parent.mkdir(parents=True)
        text = (pathlib.Path(proto) / "kv/v1/kv.proto").read_text(encoding="utf-8")
        contract.write_text(text.replace("optional int64", "int64"), encoding="utf-8")
        subprocess.run(["protoc", f"-I{name}", f"--go_out=plugins=grpc,Mkv/v1/kv.proto=kv/v1:{source}", "kv/v1/kv.proto"], check=True)
        os.symlink(HERE / "go", source / "server")
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": f"{name}:{DEBIAN}", "GOCACHE": f"{name}/cache", "GOFLAGS": ""}
        subprocess.run(["go", "build", "-o", pathlib.Path(output).resolve(), "server"], env=environment, cwd=name, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
