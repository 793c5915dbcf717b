// Makes COUNT calls that a server must reject, of all kinds and on one
// connection: rejected ADDRESS CA TOKEN_FILE COUNT
//
// TOKEN_FILE has a valid token, from which some nearly valid ones are made.
// Fails if a call ends in any other way than with "Invalid signature".
#include <grpcpp/grpcpp.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "base/file.h"
#include "calls.h"

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "rejected ADDRESS CA TOKEN_FILE COUNT\n";
    return 1;
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = kv::ReadFile(argv[2]).value();
  const auto stub = calls::KeyValueService::NewStub(
      grpc::CreateChannel(argv[1], grpc::SslCredentials(options)));
  const std::vector<calls::Metadata> attacks =
      calls::Attacks("alice", kv::ReadToken(argv[3]).value());
  for (int i = 0; i < std::atoi(argv[4]); ++i) {
    const calls::Metadata& attack = attacks[i / 4 % attacks.size()];
    calls::Context context(attack);
    const calls::Outcome outcome =
        calls::Call(*stub, static_cast<calls::Kind>(i % 4), context);
    if (outcome.status.error_code() != grpc::StatusCode::UNAUTHENTICATED ||
        outcome.status.error_message() != "Invalid signature" ||
        outcome.messages != 0) {
      std::cerr << "attack " << i / 4 % attacks.size() << ", kind " << i % 4
                << ": " << outcome.status.error_code() << " "
                << outcome.status.error_message() << ", " << outcome.messages
                << " messages\n";
      return 1;
    }
  }
}
