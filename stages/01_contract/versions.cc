#include "versions.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace kv {

Version::Version(absl::string_view proto3_text) {
  const std::string text = absl::StrCat("syntax = \"proto3\"; ", proto3_text);
  google::protobuf::io::ArrayInputStream stream(text.data(),
                                                static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokens(&stream, nullptr);
  google::protobuf::FileDescriptorProto file;
  if (!google::protobuf::compiler::Parser().Parse(&tokens, &file)) return;
  file.set_name("version.proto");
  type_ = pool_.BuildFile(file)->message_type(0);
}

std::unique_ptr<google::protobuf::Message> Version::NewMessage() const {
  return std::unique_ptr<google::protobuf::Message>(
      factory_.GetPrototype(type_)->New());
}

}  // namespace kv
