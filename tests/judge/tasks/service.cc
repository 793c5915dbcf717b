// Tasks of stages 02 and 04: additions to the service.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// Puts new keys from several threads. Returns how many Puts were OK.
int PutManyAtOnce(ServerTalk& talk) {
  constexpr int kThreads = 8;
  constexpr int kKeys = 25;
  talk.Sent(absl::StrCat("Put of ", kThreads * kKeys, " keys, from ", kThreads,
                         " concurrent clients"));
  std::atomic<int> taken = 0;
  std::vector<std::thread> clients;
  const ServerTalk::Server& server = talk.shared();
  for (int thread = 0; thread < kThreads; ++thread) {
    const auto channel = server.ReadyConnection();
    clients.emplace_back([&taken, channel, thread] {
      const auto stub = kv::v1::KeyValueService::NewStub(channel);
      for (int key = 0; key < kKeys; ++key) {
        kv::v1::PutRequest request;
        request.set_key(absl::StrCat("many/", thread, "/", key));
        kv::v1::PutResponse response;
        const auto status = stub->Put(NewContext().get(), request, &response);
        if (status.error_code() == StatusCode::DEADLINE_EXCEEDED) return;
        if (status.ok()) ++taken;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  return taken;
}

void MaxEntries(ServerTalk& talk) {
  talk.StartOwn({"--max_entries=2"});
  talk.LookAt(
      "reject a new key beyond the limit with RESOURCE_EXHAUSTED, and change "
      "nothing");
  talk.Put("a", "1").Is(Written(1));
  talk.Put("b", "2").Is(Written(2));
  talk.Put("c", "3").Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.Get("c").Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(2);
  talk.LookAt("a Put of an existing key adds no entry");
  talk.Put("a", "4").Is(Written(3));
  talk.LookAt("check expected_revision first, as before");
  talk.Put("b", "5", 1).Fails(StatusCode::FAILED_PRECONDITION);
  talk.LookAt("after a Delete there is room for one more key");
  talk.Delete("b").Is(Deleted(true, 4));
  talk.Put("c", "6").Is(Written(5));
  talk.LookAt(
      "count and write under one lock: if the service asks the store for its "
      "size before the Put, concurrent calls exceed the limit");
  talk.StartOwn({"--max_entries=10"});
  if (!talk.going()) return;
  const int taken = PutManyAtOnce(talk);
  talk.Expect(taken == 10, "10 of them OK", absl::StrCat(taken));
}

// The judge does not have the learner's messages. It uses others that have the
// same bytes: a string as field 1, and an integer as field 1.
void Counts(ServerTalk& talk, const std::string& prefix,
            std::int64_t expected) {
  const auto request = GetRequestOf(prefix);
  const auto reply =
      talk.CallRaw("/kv.v1.CountService/Count", request.SerializeAsString(),
                   absl::StrCat("Count {prefix: ", Quoted(prefix), "}"));
  if (!talk.going()) return;
  const auto response =
      Parsed<kv::v1::PutResponse>(reply.message().SerializeAsString());
  const std::string got =
      reply.status().ok()
          ? absl::StrCat("OK {count: ", response.revision(), "}")
          : reply.Got();
  const std::string wanted = absl::StrCat("OK {count: ", expected, "}");
  talk.Expect(got == wanted, wanted, got);
}

void CountRpc(ServerTalk& talk) {
  talk.StartOwn({});
  talk.LookAt(
      "add a second service, kv.v1.CountService, to the same server. prefix "
      "and count are field 1 of their messages",
      "to the same ServerBuilder");
  Counts(talk, "", 0);
  talk.Put("a/1", "1").Is(Written(1));
  talk.Put("a/2", "2").Is(Written(2));
  talk.Put("b", "3").Is(Written(3));
  Counts(talk, "a/", 2);
  talk.LookAt("an empty prefix matches every key");
  Counts(talk, "", 3);
  Counts(talk, "a/3", 0);
  talk.LookAt("both services must share one store");
  talk.Delete("a/1").Is(Deleted(true, 4));
  Counts(talk, "a/", 1);
  talk.LookAt("reject a prefix of 513 bytes, as in List");
  const auto request = GetRequestOf(std::string(kMaxKeyBytes + 1, 'x'));
  talk.CallRaw("/kv.v1.CountService/Count", request.SerializeAsString(),
               "Count {prefix: 513 bytes}")
      .Fails(StatusCode::INVALID_ARGUMENT, "prefix");
}

void Heartbeat(ServerTalk& talk) {
  talk.StartOwn({"--heartbeat=200ms"});
  const std::string key = talk.Key("/beat");
  const kv::v1::WatchResponse beat;  // CHANGE_TYPE_UNSPECIFIED, no entry
  talk.LookAt(
      "limit the time that Watch waits for a change. When it is over, write a "
      "response without a change");
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, 0);
  Next(talk, watch, beat);
  Next(talk, watch, beat);
  talk.LookAt("send a change once, and immediately, between the heartbeats");
  talk.Put(key, "1").Is(Written(1));
  if (!talk.going()) return;
  auto next = watch->Read();
  while (next.has_value() && Same(*next, beat)) next = watch->Read();
  const kv::v1::WatchResponse change = PutChange(key, "1", 1);
  talk.Expect(next.has_value() && Same(*next, change), Describe(change),
              next.has_value() ? Describe(*next) : WhyNoMessage(talk, *watch));
  Next(talk, watch, beat);
}

}  // namespace

std::vector<ServerQuestion> ServiceTasks() {
  return {
      {"max_entries", "--max_entries=2: a third key is rejected", 2,
       MaxEntries},
      {"count_rpc", "CountService counts keys by prefix", 2, CountRpc},
      {"heartbeat", "--heartbeat=200ms: an idle Watch sends messages", 4,
       Heartbeat},
  };
}

}  // namespace judge
