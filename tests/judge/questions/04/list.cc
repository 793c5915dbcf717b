// Stage 04: List, a stream that ends.
#include <algorithm>

#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// Puts the keys in the given order, each with its last letter as its value.
// Returns the entries in key order, as List should send them.
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
      "compare the prefix byte by byte. It is not a path or a pattern, and "
      "upper and lower case differ");
  const auto entries =
      PutAll(talk, {"/b/1", "/a", "/b", "/a%b", "/ab", "/a_b", "/A", "/c"});
  const std::string prefix = "judge/list_prefix/";
  Lists(talk, prefix, entries);
  Lists(talk, prefix + "a", {entries[1], entries[2], entries[3], entries[4]});
  Lists(talk, prefix + "a_", {entries[3]});
  Lists(talk, prefix + "a%", {entries[2]});
  Lists(talk, prefix + "b", {entries[5], entries[6]});
  talk.LookAt("do not list a deleted entry");
  talk.Delete(entries[5].key()).IsOk();
  Lists(talk, prefix + "b", {entries[6]});
  talk.LookAt("the empty prefix matches every key");
  const auto all = ListAll(talk, "");
  talk.Expect(
      std::any_of(all.begin(), all.end(),
                  [&](const auto& entry) { return Same(entry, entries[0]); }),
      "all entries, including " + Describe(entries[0]),
      "a list without that entry");
}

void ListOrder(ServerTalk& talk) {
  talk.LookAt(
      "order the keys by their bytes, not by a language's rules or by UTF-16",
      "std::string and std::map do so");
  // In UTF-16 the first two would be in the opposite order.
  const auto entries = PutAll(talk, {"/\U0001f600", "/\uff5e", "/\u00e9", "/z",
                                     "/a/b", "/a", "/a-b", "/Z", "/10", "/9"});
  Lists(talk, "judge/list_order/", entries);
}

void ListEmpty(ServerTalk& talk) {
  talk.LookAt("when nothing matches, send no message and end with OK");
  const std::string key = talk.Key();
  Lists(talk, key, {});
}

void ListLimit(ServerTalk& talk) {
  const auto entries = PutAll(talk, {"/3", "/1", "/2"});
  const std::string prefix = "judge/list_limit/";
  talk.LookAt("send the first entries in key order, at most `limit` of them");
  Lists(talk, prefix, {entries[0]}, 1);
  Lists(talk, prefix, {entries[0], entries[1]}, 2);
  Lists(talk, prefix, entries, 3);
  Lists(talk, prefix, entries, 4);
  talk.LookAt("limit 0 is proto3's default and means no limit");
  Lists(talk, prefix, entries, 0);
}

void ListRefused(ServerTalk& talk) {
  talk.LookAt("check both fields before you send the first entry");
  const std::string key = talk.Key();
  talk.Put(key, "1").IsOk();
  Ends(talk, OpenList(talk, key, -1), StatusCode::INVALID_ARGUMENT, "limit");
  const std::string longest(kMaxKeyBytes, 'x');
  Ends(talk, OpenList(talk, longest + "x"), StatusCode::INVALID_ARGUMENT,
       "prefix");
  talk.LookAt("a prefix may have 512 bytes");
  Lists(talk, longest, {});
}

}  // namespace

std::vector<ServerQuestion> ListQuestions() {
  return {
      {"list_prefix", "List sends exactly the entries under a prefix", 4,
       ListPrefix},
      {"list_order", "List sends entries in the byte order of keys", 4,
       ListOrder},
      {"list_empty", "a List that finds nothing is OK", 4, ListEmpty},
      {"list_limit", "limit is the maximum of entries, 0 means all", 4,
       ListLimit},
      {"list_refused", "a bad limit or prefix is INVALID_ARGUMENT", 4,
       ListRefused},
  };
}

}  // namespace judge
