// The places where a server can check a token, with the tokens of stage 09.
#ifndef BENCH_SERVERS_GUARDS_H_
#define BENCH_SERVERS_GUARDS_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/auth_metadata_processor.h>

#include <functional>
#include <map>
#include <string>

#include "auth/require_user.h"
#include "auth/tokens.h"

namespace bench {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

inline grpc::Status Verify(const kv::Tokens& tokens, const Metadata& metadata) {
  if (metadata.count("token") == 1) {
    const grpc::string_ref token = metadata.find("token")->second;
    if (tokens.UserOf({token.data(), token.size()}).has_value()) {
      return grpc::Status::OK;
    }
  }
  return {grpc::StatusCode::UNAUTHENTICATED, "Invalid signature"};
}

// The check that a handler makes first.
using Guard = std::function<grpc::Status(const Metadata&)>;

inline Guard GuardOf(const std::string& check, const kv::Tokens& tokens) {
  if (check == "handler") {
    return [&tokens](const Metadata& metadata) {
      return Verify(tokens, metadata);
    };
  }
  // An interceptor can't prevent the handler from running. So the handler has
  // to check the interceptor's result.
  if (check == "interceptor") {
    return [](const Metadata& metadata) -> grpc::Status {
      if (metadata.count(kv::kUserKey) == 1) return grpc::Status::OK;
      return {grpc::StatusCode::UNAUTHENTICATED, "Invalid signature"};
    };
  }
  return [](const Metadata& /*metadata*/) { return grpc::Status::OK; };
}

// Checks the token at the port, before the server runs any code of the service.
class Processor final : public grpc::AuthMetadataProcessor {
 public:
  Processor(const kv::Tokens& tokens, bool blocking)
      : tokens_(tokens), blocking_(blocking) {}

  bool IsBlocking() const override { return blocking_; }

  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* /*channel*/,
                       OutputMetadata* /*consumed*/,
                       OutputMetadata* /*response*/) override {
    return Verify(tokens_, metadata);
  }

 private:
  const kv::Tokens& tokens_;
  const bool blocking_;
};

}  // namespace bench

#endif  // BENCH_SERVERS_GUARDS_H_
