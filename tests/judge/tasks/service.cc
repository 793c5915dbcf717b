// Beyond stages 02 and 04: what a learner has added to the service.
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// Puts new keys from many threads at once; gives how many were taken.
int PutManyAtOnce(ServerTalk& talk) {
  constexpr int kThreads = 8;
  constexpr int kKeys = 25;
  talk.Sent(absl::StrCat("Put of ", kThreads * kKeys, " keys, from ", kThreads,
                         " clients at once"));
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
        if (stub->Put(NewContext().get(), request, &response).ok()) ++taken;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  return taken;
}

void MaxEntries(ServerTalk& talk) {
  talk.StartOwn({"--max_entries=2"});
  talk.LookAt(
      "a new key beyond the limit: RESOURCE_EXHAUSTED, and nothing changes");
  talk.Put("a", "1").Is(Written(1));
  talk.Put("b", "2").Is(Written(2));
  talk.Put("c", "3").Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.Get("c").Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(2);
  talk.LookAt("a key that is there needs no room");
  talk.Put("a", "4").Is(Written(3));
  talk.LookAt("a condition that does not hold is told first, as before");
  talk.Put("b", "5", 1).Fails(StatusCode::FAILED_PRECONDITION);
  talk.LookAt("a Delete makes room");
  talk.Delete("b").Is(Deleted(true, 4));
  talk.Put("c", "6").Is(Written(5));
  talk.LookAt(
      "count and write under one lock: a service that asks the store for its "
      "size, and then puts, lets two of a kind through");
  talk.StartOwn({"--max_entries=10"});
  if (!talk.going()) return;
  const int taken = PutManyAtOnce(talk);
  talk.Expect(taken == 10, "10 of them taken", absl::StrCat(taken));
}

// One of the message types that look the same on the wire: a string as field 1
// comes, an integer as field 1 goes.
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
      "a service of its own, kv.v1.CountService, registered with the same "
      "builder; prefix and count are field 1 of their messages");
  Counts(talk, "", 0);
  talk.Put("a/1", "1").Is(Written(1));
  talk.Put("a/2", "2").Is(Written(2));
  talk.Put("b", "3").Is(Written(3));
  Counts(talk, "a/", 2);
  talk.LookAt("an empty prefix is one of every key");
  Counts(talk, "", 3);
  Counts(talk, "a/3", 0);
  talk.LookAt("both services must share one store");
  talk.Delete("a/1").Is(Deleted(true, 4));
  Counts(talk, "a/", 1);
  talk.LookAt("513 bytes are no prefix, as in List");
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
      "the wait for changes has an end: when it comes and there was none, "
      "write a response without a change");
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, 0);
  Next(talk, watch, beat);
  Next(talk, watch, beat);
  talk.LookAt("a change is delivered between them, once and at once");
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
      {"max_entries", "--max_entries=2: a third key is refused", 2, MaxEntries},
      {"count_rpc", "CountService counts keys by prefix", 2, CountRpc},
      {"heartbeat", "--heartbeat=200ms: a quiet watch is heard of", 4,
       Heartbeat},
  };
}

}  // namespace judge
