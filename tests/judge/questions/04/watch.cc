// Stage 04: which changes Watch sends.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void WatchBegins(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "before").Is(Written(revision + 1));
  talk.LookAt(
      "send the initial metadata, with kv-revision in it, before there is a "
      "change. gRPC on its own sends it only with the first message",
      "AddInitialMetadata(\"kv-revision\", ...), then SendInitialMetadata()");
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision + 1);
  talk.LookAt(
      "read the revision and register the watch under one lock: the client "
      "must get every change after the revision that it was told, as soon as "
      "it happens",
      "WriteOptions without set_buffer_hint(), which lets a message wait for "
      "the next one");
  talk.Put(key, "after").Is(Written(revision + 2));
  Next(talk, watch, PutChange(key, "after", revision + 2));
}

void WatchChanges(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, key);
  Stands(talk, watch, revision);
  talk.LookAt("send each change with the entry as it was at that change");
  talk.Put(key, "1").Is(Written(revision + 1));
  talk.Put(key, "2").Is(Written(revision + 2));
  Next(talk, watch, PutChange(key, "1", revision + 1));
  Next(talk, watch, PutChange(key, "2", revision + 2));
  talk.LookAt(
      "send a removal as CHANGE_TYPE_DELETE, with the key and the revision of "
      "the removal, and without a value");
  talk.Delete(key).Is(Deleted(true, revision + 3));
  Next(talk, watch, DeleteChange(key, revision + 3));
  talk.LookAt("a Put of an empty value is still a Put");
  talk.Put(key, "").Is(Written(revision + 4));
  Next(talk, watch, PutChange(key, "", revision + 4));
}

void WatchPrefix(ServerTalk& talk) {
  talk.LookAt(
      "compare the prefix byte by byte, and send only changes of keys that "
      "start with it");
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
  talk.LookAt("the empty prefix matches every key");
  Next(talk, all, PutChange(before, "1", revision + 1));
  Next(talk, all, PutChange(inside, "2", revision + 2));
  Next(talk, all, PutChange(after, "3", revision + 3));
  Next(talk, all, PutChange(exactly, "4", revision + 4));
}

void WatchPrefixes(ServerTalk& talk) {
  talk.LookAt(
      "a prefix may end anywhere in a key, and a change belongs to the watches "
      "of all its prefixes: the empty one, the longest one, and the key "
      "itself");
  const std::string key = talk.Key("/ab/cd");
  const std::vector<std::string> keys = {key, talk.Key("/ab/cc"),
                                         talk.Key("/ab/ce"), key + "x", key};
  talk.Delete(key + "x").IsOk();
  std::vector<std::string> prefixes = keys;
  prefixes.pop_back();
  for (const char* other : {"", "a", "judge/"}) prefixes.emplace_back(other);
  for (std::size_t cut : {1U, 3U, 5U}) {
    prefixes.push_back(key.substr(0, key.size() - cut));
  }
  std::int64_t revision = talk.Revision();
  std::vector<std::unique_ptr<WatchStream>> watches;
  for (const std::string& prefix : prefixes) {
    watches.push_back(OpenWatch(talk, prefix));
    Stands(talk, watches.back(), revision);
  }
  for (const std::string& written : keys) {
    talk.Put(written, "1").Is(Written(++revision));
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      if (!absl::StartsWith(written, prefixes[i])) continue;
      Next(talk, watches[i], PutChange(written, "1", revision));
    }
  }
}

void WatchNoChange(ServerTalk& talk) {
  talk.LookAt(
      "a rejected call, or a Delete that finds no key, is not a change");
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
      {"watch_begins", "Watch immediately sends its starting revision", 4,
       WatchBegins},
      {"watch_changes", "Watch sends each Put and each Delete", 4,
       WatchChanges},
      {"watch_prefix", "Watch sends the changes under a prefix", 4,
       WatchPrefix},
      {"watch_prefixes", "Watch takes any prefix of a key", 4, WatchPrefixes},
      {"watch_no_change", "Watch sends nothing for calls without effect", 4,
       WatchNoChange},
  };
}

}  // namespace judge
