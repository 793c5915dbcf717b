// Tasks of stage 12: a server that only reads, and the store's name with every
// Get.
#include <csignal>
#include <string>

#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

using UnaryGet = Stream<kv::v1::GetRequest, kv::v1::GetResponse>;

void ReadOnly(ServerTalk& talk) {
  const std::string data = "--data=" + talk.Path("data");
  talk.StartOwn({data});
  talk.Put("a", "1").Is(Written(1));
  talk.Signal(SIGTERM);
  talk.Stops();
  talk.LookAt(
      "with --read_only every write is UNAVAILABLE and changes nothing; reads "
      "go on");
  talk.StartOwn({data, "--read_only"});
  talk.Put("a", "2").Fails(StatusCode::UNAVAILABLE);
  talk.Delete("a").Fails(StatusCode::UNAVAILABLE);
  talk.Get("a").Is(Found("a", "1", 1));
  talk.LookAt("an absent key is no write");
  talk.Delete("b").Is(Deleted(false, 1));
}

void NamedGet(ServerTalk& talk) {
  talk.LookAt(
      "send the metadata kv-store before the answer to a Get, as Watch does");
  talk.StartOwn({});
  if (!talk.going()) return;
  const auto watch = OpenWatch(talk, "");
  const auto name = watch->Header("kv-store");
  talk.Sent("Get a");
  UnaryGet get(talk.shared().channel, "Get");
  get.Write(GetRequestOf("a"));
  get.HalfClose();
  get.End();
  const auto told = get.Header("kv-store");
  talk.Expect(name.has_value() && told == name, "the name that Watch sends",
              told.has_value() ? "another name" : "none");
}

}  // namespace

std::vector<ServerQuestion> DataTasks() {
  return {
      {"read_only", "with --read_only, writes are UNAVAILABLE", 12, ReadOnly},
      {"named_get", "Get sends the store's name", 12, NamedGet},
  };
}

}  // namespace judge
