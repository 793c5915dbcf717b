"""Writes the CMakeLists.txt of a stage from its meson.build, so that the two agree.

A stage's meson.build only declares libraries, programs and files to copy. Anything else in it
is a ValueError: nothing is left out silently.
"""
import ast
import io
import textwrap
import tokenize
from typing import NoReturn

from .course import Stage

# What the meson.build files above a stage define, in CMake's words.
DEFINED = {"kv_proto": ["kv_proto"], "rpc_proto": ["rpc_proto"], "health_proto": ["health_proto"], "etcd_proto": ["etcd_proto"], "grpc_services": ["gRPC::grpc++_reflection", "gRPC::grpcpp_channelz"], "abseil_flags": ["absl::flags", "absl::flags_parse", "absl::flags_usage"],
           "kv_python_path": ["${PROJECT_BINARY_DIR}"]}
DEPENDENCIES = {"openssl": "OpenSSL::SSL", "sqlite3": "SQLite::SQLite3", "prometheus-cpp-pull": "prometheus-cpp::pull"}  # dependency('openssl') in Meson
PACKAGES = {"absl::": "absl CONFIG", "OpenSSL::": "OpenSSL", "SQLite::": "SQLite3", "prometheus-cpp::": "prometheus-cpp CONFIG"}  # find_package, where a target begins like this


TEMPLATE = """\
cmake_minimum_required(VERSION 3.16)
project({project} CXX)

# Prefer the CMake files that a package brings, which know all it needs.
# An older Protobuf brings none, and CMake's own module finds it.
set(CMAKE_FIND_PACKAGE_PREFER_CONFIG ON)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
{packages}
# One run of protoc makes the messages (--cpp_out) and, with gRPC's plugin,
# the service (--grpc_out). `import` and `#include` paths begin at -I.
set(kv_in ${{PROJECT_SOURCE_DIR}}/proto/kv/v1/kv.proto)
set(kv_out ${{PROJECT_BINARY_DIR}}/kv/v1/kv)
add_custom_command(
  OUTPUT ${{kv_out}}.pb.cc ${{kv_out}}.pb.h
    ${{kv_out}}.grpc.pb.cc ${{kv_out}}.grpc.pb.h
  COMMAND protobuf::protoc -I ${{PROJECT_SOURCE_DIR}}/proto ${{kv_in}}
    --cpp_out=${{PROJECT_BINARY_DIR}} --grpc_out=${{PROJECT_BINARY_DIR}}
    --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>
  DEPENDS ${{kv_in}})

# PUBLIC: every target that links this one gets it, too.
add_library(kv_proto STATIC ${{kv_out}}.pb.cc ${{kv_out}}.grpc.pb.cc)
target_compile_features(kv_proto PUBLIC cxx_std_17)
target_include_directories(kv_proto PUBLIC ${{PROJECT_BINARY_DIR}})
target_link_libraries(kv_proto PUBLIC gRPC::grpc++ protobuf::libprotobuf)

# The programs are built in build/stages/{name}.
# The library holds what the tests use, too.
set(dir stages/{name})
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${{PROJECT_BINARY_DIR}}/${{dir}})
"""
RPC = """
# The messages of error details.
foreach(name status error_details)
  set(rpc_out ${PROJECT_BINARY_DIR}/google/rpc/${name}.pb)
  add_custom_command(
    OUTPUT ${rpc_out}.cc ${rpc_out}.h
    COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/proto
      google/rpc/${name}.proto --cpp_out=${PROJECT_BINARY_DIR}
    DEPENDS ${PROJECT_SOURCE_DIR}/proto/google/rpc/${name}.proto)
  list(APPEND rpc_sources ${rpc_out}.cc)
endforeach()
add_library(rpc_proto STATIC ${rpc_sources})
# Two files that protoc wrote can't be compiled as one.
set_target_properties(rpc_proto PROPERTIES UNITY_BUILD OFF)
target_compile_features(rpc_proto PUBLIC cxx_std_17)
target_include_directories(rpc_proto PUBLIC ${PROJECT_BINARY_DIR})
target_link_libraries(rpc_proto PUBLIC protobuf::libprotobuf)
"""
SERVICE = """
# @WHAT@
set(@NAME@_in ${PROJECT_SOURCE_DIR}/proto/@PATH@.proto)
set(@NAME@_out ${PROJECT_BINARY_DIR}/@PATH@)
add_custom_command(
  OUTPUT ${@NAME@_out}.pb.cc ${@NAME@_out}.pb.h
    ${@NAME@_out}.grpc.pb.cc ${@NAME@_out}.grpc.pb.h
  COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/proto ${@NAME@_in}
    --cpp_out=${PROJECT_BINARY_DIR} --grpc_out=${PROJECT_BINARY_DIR}
    --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>
  DEPENDS ${@NAME@_in})
add_library(@NAME@_proto STATIC ${@NAME@_out}.pb.cc ${@NAME@_out}.grpc.pb.cc)
target_compile_features(@NAME@_proto PUBLIC cxx_std_17)
target_include_directories(@NAME@_proto PUBLIC ${PROJECT_BINARY_DIR})
target_link_libraries(@NAME@_proto PUBLIC gRPC::grpc++ protobuf::libprotobuf)
"""


def _service(what: str, name: str, path: str) -> str:
    """The commands for a .proto with services."""
    return SERVICE.replace("@WHAT@", what).replace("@NAME@", name).replace("@PATH@", path)


PROTOS = {"rpc_proto": RPC, "health_proto": _service("gRPC's health protocol, for the client.", "health", "grpc/health/v1/health"),
          "etcd_proto": _service("The part of etcd's API that the server uses.", "etcd", "etcdserverpb/rpc")}
PYTHON = """
# The client is a Python program. These are its modules.
add_custom_command(
  OUTPUT ${kv_out}_pb2.py ${kv_out}_pb2_grpc.py
  COMMAND protobuf::protoc -I ${PROJECT_SOURCE_DIR}/proto ${kv_in}
    --python_out=${PROJECT_BINARY_DIR} --grpc_python_out=${PROJECT_BINARY_DIR}
    --plugin=protoc-gen-grpc_python=$<TARGET_FILE:gRPC::grpc_python_plugin>
  DEPENDS ${kv_in})
add_custom_target(kv_python ALL DEPENDS ${kv_out}_pb2.py ${kv_out}_pb2_grpc.py)
"""


class Declarations:
    """Reads a meson.build. `blocks` says the same to CMake, in the same order."""

    def __init__(self, text: str) -> None:
        self.names = dict(DEFINED)
        self.blocks: list[str] = []
        self.copies: list[str] = []
        self.libraries: set[str] = set()
        # Meson's declarations are Python's, except for `name: value`.
        tokens = [(t.type, t.string) for t in tokenize.generate_tokens(io.StringIO(text).readline)]
        python = [(kind, "=" if word == ":" and before == tokenize.NAME else word)
                  for (before, _), (kind, word) in zip([(0, ""), *tokens], tokens)]
        for statement in ast.parse(tokenize.untokenize(python)).body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.names[name] = self.values(value)
                case ast.Expr(value=value):
                    self.values(value)
                case _:
                    unknown(statement)

    def values(self, node: ast.expr) -> list[str]:
        """What an expression stands for: names of files, or of CMake's targets."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.List(elts=parts):
                return [value for part in parts for value in self.values(part)]
            case ast.Call(func=ast.Name(id=function), args=words):
                return self.call(node, function, [value for word in words for value in self.values(word)])
        unknown(node)

    def call(self, node: ast.Call, function: str, words: list[str]) -> list[str]:
        """Tells CMake what a call declares, and returns what the call stands for."""
        options = {option.arg: option.value for option in node.keywords}
        match function, words, sorted(options):
            case "static_library" | "executable", [name, *sources], ["dependencies"]:
                self.target(function, name, sources, self.values(options["dependencies"]))
                return [name]
            case "declare_dependency", [], ["dependencies", "include_directories", "link_with"]:
                return self.values(options["link_with"])  # the library has the rest, as PUBLIC
            case "dependency", [name], [] if name in DEPENDENCIES:
                return [DEPENDENCIES[name]]
            case "configure_file", [], ["copy" | "configuration" as how, "input", "output"]:
                self.copy(*self.values(options["input"]), *self.values(options["output"]), options[how])
                return []
        unknown(node)

    def target(self, function: str, name: str, sources: list[str], links: list[str]) -> None:
        """A library, or a program."""
        library = function == "static_library"
        reach = "PUBLIC" if library else "PRIVATE"
        lines = [wrapped(f"add_library({name} STATIC" if library else f"add_executable({name}",
                         ["${dir}/" + source for source in sources])]
        if self.libraries.isdisjoint(links):  # a library of the stage would bring the folder along
            lines.append(f"target_include_directories({name} {reach} ${{dir}})")
        lines.append(wrapped(f"target_link_libraries({name} {reach}", links))
        self.libraries |= {name} if library else set()
        self.blocks.append("\n".join(lines))

    def copy(self, source: str, output: str, value: ast.expr) -> None:
        """A file for the build folder, as it is or with values filled in."""
        if isinstance(value, ast.Dict):
            self.copies += [f"set({' '.join(self.values(key) + self.values(filled))})"
                            for key, filled in zip(value.keys, value.values) if key]
        how = "@ONLY" if isinstance(value, ast.Dict) else "COPYONLY"
        self.copies.append(f"configure_file(${{dir}}/{source} ${{dir}}/{output} {how})")


def unknown(node: ast.AST) -> NoReturn:
    """Meson says something that is not translated yet."""
    raise ValueError(f"tools/stagelib/cmake.py can't translate this to CMake: {ast.unparse(node)}")


def wrapped(call: str, words: list[str]) -> str:
    """A call on one line, or with its arguments on lines of their own."""
    line = f"{call} {' '.join(words)})"
    if len(line) <= 80:
        return line
    return call + "\n" + textwrap.fill(" ".join(words) + ")", 80, initial_indent="  ", subsequent_indent="  ",
                                       break_long_words=False, break_on_hyphens=False)


def lists(stage: Stage) -> str:
    """The text of CMakeLists.txt, for the folder that has proto/ and stages/ in it."""
    found = Declarations((stage.directory / "meson.build").read_text(encoding="utf-8"))
    text = "\n\n".join(found.blocks) + "\n"
    packages = "".join(f"find_package({name} REQUIRED)\n" for start, name in PACKAGES.items() if start in text)
    if found.copies:
        text += "\n# Files that the programs need beside them.\n" + "\n".join(found.copies) + "\n"
    if "kv_python_path" in text:
        text += PYTHON
    protos = "".join(block for name, block in PROTOS.items() if name in text) + "\n"
    return TEMPLATE.format(project=stage.name[3:], name=stage.name, packages=packages) + protos + text
