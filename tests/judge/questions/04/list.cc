// Stage 04: List, a stream that ends by itself.
#include <algorithm>

#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// Puts keys in the order given, each with its last letter as value, and
// expects a List to give them in key order.
std::vector<kv::v1::Entry> PutAll(ServerTalk& talk,
                                  const std::vector<std::string>& suffixes) {
  std::vector<kv::v1::Entry> entries;
  std::vector<std::string> keys;
  keys.reserve(suffixes.size());
  for (const std::string& suffix : suffixes) keys.push_back(talk.Key(suffix));
  std::int64_t revision = talk.Revision();
  for (const std::string& key : keys) {
    talk.Put(key, key.substr(key.size() - 1)).Is(Written(++revision));
    entries.push_back(EntryOf(key, key.substr(key.size() - 1), revision));
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.key() < b.key(); });
  return entries;
}

void ListPrefix(ServerTalk& talk) {
  talk.LookAt(
      "a prefix is bytes: no path, no pattern, and upper case is not lower "
      "case");
  const auto entries =
      PutAll(talk, {"/b/1", "/a", "/b", "/a%b", "/ab", "/a_b", "/A", "/c"});
  const std::string prefix = "judge/list_prefix/";
  Lists(talk, prefix, entries);
  Lists(talk, prefix + "a", {entries[1], entries[2], entries[3], entries[4]});
  Lists(talk, prefix + "a_", {entries[3]});
  Lists(talk, prefix + "a%", {entries[2]});
  Lists(talk, prefix + "b", {entries[5], entries[6]});
  talk.LookAt("a deleted entry is not listed");
  talk.Delete(entries[5].key()).IsOk();
  Lists(talk, prefix + "b", {entries[6]});
  talk.LookAt("the empty prefix is every key's");
  const auto all = ListAll(talk, "");
  talk.Expect(
      std::any_of(all.begin(), all.end(),
                  [&](const auto& entry) { return Same(entry, entries[0]); }),
      "all entries, one of them " + Describe(entries[0]), "others");
}

void ListOrder(ServerTalk& talk) {
  talk.LookAt(
      "keys are ordered by their bytes: as std::string and std::map do, not as "
      "a language or UTF-16 does");
  // The last two come in the other order when they are compared in UTF-16.
  const auto entries = PutAll(talk, {"/\U0001f600", "/\uff5e", "/\u00e9", "/z",
                                     "/a/b", "/a", "/a-b", "/Z", "/10", "/9"});
  Lists(talk, "judge/list_order/", entries);
}

void ListEmpty(ServerTalk& talk) {
  talk.LookAt("nothing to list is no error: no message, and OK");
  const std::string key = talk.Key();
  Lists(talk, key, {});
}

void ListLimit(ServerTalk& talk) {
  const auto entries = PutAll(talk, {"/3", "/1", "/2"});
  const std::string prefix = "judge/list_limit/";
  talk.LookAt("the first entries in key order, as many as limit says");
  Lists(talk, prefix, {entries[0]}, 1);
  Lists(talk, prefix, {entries[0], entries[1]}, 2);
  Lists(talk, prefix, entries, 3);
  Lists(talk, prefix, entries, 4);
  talk.LookAt("limit 0 is proto3's default, and means no limit");
  Lists(talk, prefix, entries, 0);
}

void ListRefused(ServerTalk& talk) {
  talk.LookAt("check both fields before the first entry is sent");
  const std::string key = talk.Key();
  talk.Put(key, "1").IsOk();
  Ends(talk, OpenList(talk, key, -1), StatusCode::INVALID_ARGUMENT, "limit");
  const std::string longest(kMaxKeyBytes, 'x');
  Ends(talk, OpenList(talk, longest + "x"), StatusCode::INVALID_ARGUMENT,
       "prefix");
  talk.LookAt("512 bytes are still a prefix");
  Lists(talk, longest, {});
}

}  // namespace

std::vector<ServerQuestion> ListQuestions() {
  return {
      {"list_prefix", "List gives the entries under a prefix, no others", 4,
       ListPrefix},
      {"list_order", "List is in key order, by bytes", 4, ListOrder},
      {"list_empty", "an empty List is OK", 4, ListEmpty},
      {"list_limit", "limit is how many entries at most, 0 is all", 4,
       ListLimit},
      {"list_refused", "a bad limit or prefix is INVALID_ARGUMENT", 4,
       ListRefused},
  };
}

}  // namespace judge
