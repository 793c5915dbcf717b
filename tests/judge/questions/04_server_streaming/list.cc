// Stage 04: List, a stream that ends by itself.
#include <algorithm>
#include <csignal>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/writers.h"

namespace judge {
namespace {

using grpc::StatusCode;

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
  talk.conversation().Expect(
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

constexpr int kMany = 48;  // entries of 64 KiB: far more than can be on its way

std::string Large(char letter) { return std::string(1 << 16, letter); }

std::vector<std::string> ManyKeys(ServerTalk& talk) {
  std::vector<std::string> keys;
  keys.reserve(kMany);
  for (int i = 0; i < kMany; ++i) {
    keys.push_back(talk.Key(absl::StrFormat("/%02d", i)));
  }
  return keys;
}

// The first entry that arrives fixes the moment: before all writes that follow.
void ListMoment(ServerTalk& talk) {
  const auto keys = ManyKeys(talk);
  for (const std::string& key : keys) talk.Put(key, Large('a')).IsOk();
  const auto list = OpenList(talk, "judge/list_moment/");
  if (list == nullptr) return;
  auto response = list->Read();
  talk.conversation().Expect(response.has_value(), "an entry",
                             response ? "" : WhyNoMessage(talk, *list));

  talk.LookAt(
      "do not hold the lock while you write to the stream: a client that does "
      "not read would stop all others");
  for (const std::string& key : keys) talk.Put(key, Large('b')).IsOk();
  talk.Delete(keys.back()).IsOk();
  if (!talk.conversation().going()) return;

  talk.LookAt(
      "copy the entries while you hold the lock, once, and send the copy");
  std::size_t count = 0;
  for (; response.has_value(); response = list->Read()) {
    for (const kv::v1::Entry& entry : response->entries()) {
      const std::string expected =
          count < keys.size() ? keys[count] : "no more entries";
      talk.conversation().Expect(entry.key() == expected, expected,
                                 entry.key());
      talk.conversation().Expect(
          entry.value() == Large('a'),
          "each value as it was when the first entry was sent",
          "a value that was written later");
      ++count;
    }
  }
  Ends(talk, list, StatusCode::OK);
  talk.conversation().Expect(count == keys.size(),
                             absl::StrCat(keys.size(), " entries"),
                             absl::StrCat(count));
}

using Entries = std::map<std::string, kv::v1::Entry>;

Entries ByKey(const std::vector<kv::v1::Entry>& entries) {
  Entries by_key;
  for (const kv::v1::Entry& entry : entries) by_key[entry.key()] = entry;
  return by_key;
}

bool SameEntries(const Entries& a, const Entries& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const auto& x, const auto& y) {
                                              return Same(x.second, y.second);
                                            });
}

// Whether the store was ever so.
bool Ever(const Entries& listed, Entries store,
          const std::map<std::int64_t, kv::v1::WatchResponse>& changes) {
  if (SameEntries(listed, store)) return true;
  for (const auto& [revision, change] : changes) {
    const kv::v1::Entry& entry = change.entry();
    if (change.change_type() == kv::v1::WatchResponse::CHANGE_TYPE_DELETE) {
      store.erase(entry.key());
    } else {
      store[entry.key()] = entry;
    }
    if (SameEntries(listed, store)) return true;
  }
  return false;
}

void ListWhileWriting(ServerTalk& talk) {
  constexpr int kWriters = 4;
  constexpr int kWrites = 200;
  talk.LookAt(
      "one lock over the whole copy: an entry that is read after others were "
      "written belongs to another moment");
  const std::string prefix = "judge/list_while_writing/";
  const Entries before = ByKey(ListAll(talk, prefix));
  Writers writers(talk, kWriters, kWrites, prefix);
  talk.conversation().Sent("meanwhile List again and again");
  std::vector<Entries> lists;
  while (writers.running() && talk.conversation().going()) {
    lists.push_back(ByKey(ListQuietly(talk, prefix)));
  }
  writers.Join(talk);
  for (const Entries& listed : lists) {
    talk.conversation().Expect(
        Ever(listed, before, writers.changes()),
        "entries as they were at one moment",
        "entries that never were in the store at the same time");
  }
}

void ListAbandoned(ServerTalk& talk) {
  talk.StartOwn({"--grace=60s"});
  for (const std::string& key : ManyKeys(talk)) {
    talk.Put(key, Large('a')).IsOk();
  }
  auto list = OpenList(talk, "judge/list_abandoned/");
  if (list == nullptr) return;
  const auto first = list->Read();
  talk.conversation().Expect(first.has_value(), "an entry",
                             first ? "" : WhyNoMessage(talk, *list));
  talk.conversation().Sent("cancel, after one entry");
  list->Cancel();
  Ends(talk, list, StatusCode::CANCELLED);
  if (!talk.conversation().going()) return;
  talk.LookAt(
      "a client that went away is no reason to fall over, and none to go on: "
      "Write() gives false once the call is over, return then");
  talk.conversation().Sent("SIGTERM");
  talk.Signal(SIGTERM);
  StopsAfterSigterm(talk);
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
      {"list_moment", "a List is of one moment, however slow its reader", 4,
       ListMoment},
      {"list_while_writing", "a List is of one moment while others write", 4,
       ListWhileWriting},
      {"list_abandoned", "a List that is cancelled leaves the server well", 4,
       ListAbandoned},
  };
}

}  // namespace judge
