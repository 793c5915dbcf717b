// Which generated file holds what, as the lesson "files" says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace files_test {

// A generated file's text.
std::string Text(const std::string& name) {
  std::ifstream file(std::string(GENERATED) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Has(const std::string& file, const std::string& words) {
  return Text(file).find(words) != std::string::npos;
}

TEST(GeneratedFiles, MessagesAreInPb) {
  EXPECT_TRUE(Has("kv.pb.h", "Entry final :"));
  EXPECT_TRUE(Has("kv.pb.h", "GetRequest final :"));
  EXPECT_TRUE(Has("kv.pb.cc", "Entry::~Entry()"));
  EXPECT_TRUE(Has("kv_pb2.py", "DESCRIPTOR"));
  EXPECT_FALSE(Has("kv.pb.h", "KeyValueService"));
}

TEST(GeneratedFiles, TheServiceIsInGrpcPb) {
  EXPECT_TRUE(Has("kv.grpc.pb.h", "class KeyValueService final"));
  EXPECT_TRUE(Has("kv.grpc.pb.h", "class Stub final : public StubInterface"));
  EXPECT_TRUE(Has("kv.grpc.pb.h", "class Service : public ::grpc::Service"));
  EXPECT_TRUE(Has("kv.grpc.pb.cc", "\"/kv.v1.KeyValueService/Get\""));
  EXPECT_TRUE(Has("kv_pb2_grpc.py", "class KeyValueServiceStub"));
  EXPECT_TRUE(Has("kv_pb2_grpc.py", "class KeyValueServiceServicer"));
  EXPECT_TRUE(
      Has("kv_pb2_grpc.py", "def add_KeyValueServiceServicer_to_server"));
  EXPECT_FALSE(Has("kv.grpc.pb.h", "class Entry"));
}

// What an rpc that is not overridden answers comes from here.
TEST(GeneratedFiles, TheServiceAnswersUnimplementedByItself) {
  EXPECT_TRUE(Has("kv.grpc.pb.cc", "::grpc::StatusCode::UNIMPLEMENTED"));
  EXPECT_TRUE(Has("kv_pb2_grpc.py", "grpc.StatusCode.UNIMPLEMENTED"));
}

}  // namespace files_test
