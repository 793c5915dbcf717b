// Stage 04: which changes Watch gives.
#include <cstdint>

#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void WatchBegins(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "before").Is(Written(revision + 1));
  talk.LookAt(
      "AddInitialMetadata(\"kv-revision\", ...), then SendInitialMetadata() at "
      "once: gRPC would send it with the first message");
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision + 1);
  talk.LookAt(
      "the revision is read, and the watch begins, in one step: what is "
      "written when the client knows of it must be delivered");
  talk.Put(key, "after").Is(Written(revision + 2));
  Next(talk, watch, PutChange(key, "after", revision + 2));
}

void WatchChanges(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision);
  talk.LookAt("a change is what happened, with the entry as it was then");
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(key, "2").Is(Written(revision + 2));
  Next(talk, watch, PutChange(key, "1", revision + 1));
  Next(talk, watch, PutChange(key, "2", revision + 2));
  talk.LookAt(
      "a removal is CHANGE_TYPE_DELETE: the key, the revision of the removal, "
      "and no value");
  talk.Delete(key).Is(Deleted(true, revision + 3));
  Next(talk, watch, DeleteChange(key, revision + 3));
  talk.LookAt("an empty value is still a Put");
  talk.Put(key, "").Is(Written(revision + 4));
  Next(talk, watch, PutChange(key, "", revision + 4));
}

void WatchPrefix(ServerTalk& talk) {
  talk.LookAt("a prefix is bytes; what does not start with them is not sent");
  const std::string inside = talk.Key("/a/1");
  const std::string exactly = talk.Key("/a");
  const std::string before = talk.Key("/A/1");
  const std::string after = talk.Key("/b");
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, exactly);
  Stands(talk, watch, revision);
  const auto all = OpenWatch(talk, "");
  Stands(talk, all, revision);
  talk.Put(before, "1").Is(Written(revision + 1));
  talk.Put(inside, "2").Is(Written(revision + 2));
  talk.Put(after, "3").Is(Written(revision + 3));
  talk.Put(exactly, "4").Is(Written(revision + 4));
  Next(talk, watch, PutChange(inside, "2", revision + 2));
  Next(talk, watch, PutChange(exactly, "4", revision + 4));
  talk.LookAt("the empty prefix is every key's");
  Next(talk, all, PutChange(before, "1", revision + 1));
  Next(talk, all, PutChange(inside, "2", revision + 2));
  Next(talk, all, PutChange(after, "3", revision + 3));
  Next(talk, all, PutChange(exactly, "4", revision + 4));
}

void WatchNoChange(ServerTalk& talk) {
  talk.LookAt("what is refused, or finds nothing to do, is no change");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, "judge/");
  Stands(talk, watch, revision);
  talk.Put(key, "1", 7).Fails(StatusCode::FAILED_PRECONDITION);
  talk.Put("judge/" + std::string(kMaxKeyBytes, 'x'), "1")
      .Fails(StatusCode::INVALID_ARGUMENT);
  talk.Delete(key).Is(Deleted(false, revision));
  talk.Put(key, "2").Is(Written(revision + 1));
  Next(talk, watch, PutChange(key, "2", revision + 1));
}

}  // namespace

std::vector<ServerQuestion> WatchQuestions() {
  return {
      {"watch_begins", "Watch says at once that it stands, and where", 4,
       WatchBegins},
      {"watch_changes", "each Put and Delete is a change", 4, WatchChanges},
      {"watch_prefix", "Watch gives the changes under a prefix", 4,
       WatchPrefix},
      {"watch_no_change", "what changed nothing is no change", 4,
       WatchNoChange},
  };
}

}  // namespace judge
