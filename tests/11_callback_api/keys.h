// What the tests of a reactor that writes share.
#ifndef TESTS_11_KEYS_H_
#define TESTS_11_KEYS_H_

#include <gtest/gtest.h>

#include <string>

#include "reacts.h"

namespace keys {

using grpc::Status;
using running::Context;
using Message = kv::v1::ListResponse;

inline Message Named(const std::string& key) {
  Message message;
  message.add_entries()->set_key(key);
  return message;
}

// What the reactors of these tests have in common.
class Writer : public running::Writer {
 public:
  void OnDone() override { delete this; }

 protected:
  Message a_ = Named("a");
  Message b_ = Named("b");
};

// Calls List, which a Reactor answers. Returns the keys that were received, and
// the last status in `status`.
template <class Reactor>
std::string Keys(Status& status) {
  running::Reacts service;
  service.list = [](auto& /*context*/) { return new Reactor; };
  const running::Running server(service);
  Context context;
  const auto reader = server.stub->List(&context, {});
  std::string keys;
  Message message;
  while (reader->Read(&message)) keys += message.entries(0).key();
  status = reader->Finish();
  return keys;
}

// The same for a call that must end with OK.
template <class Reactor>
std::string Keys() {
  Status status;
  std::string keys = Keys<Reactor>(status);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return keys;
}

}  // namespace keys

#endif  // TESTS_11_KEYS_H_
