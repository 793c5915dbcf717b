// Stage 04: List sends a snapshot, even when its reader is slow or cancels.
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

constexpr int kMany =
    48;  // entries of 64 KiB: far more than flow control lets through

std::string Large(char letter) { return std::string(1 << 16, letter); }

std::vector<std::string> ManyKeys(ServerTalk& talk) {
  std::vector<std::string> keys;
  keys.reserve(kMany);
  for (int i = 0; i < kMany; ++i) {
    keys.push_back(talk.Key(absl::StrFormat("/%02d", i)));
  }
  return keys;
}

// Once the first entry has arrived, no later write may appear in the List.
void ListMoment(ServerTalk& talk) {
  const auto keys = ManyKeys(talk);
  for (const std::string& key : keys) talk.Put(key, Large('a')).IsOk();
  const auto list = OpenList(talk, "judge/list_moment/");
  if (list == nullptr) return;
  auto response = list->Read();
  talk.Expect(response.has_value(), "an entry",
              response ? "" : WhyNoMessage(talk, *list));

  talk.LookAt(
      "do not hold the lock while you write to the stream: a client that does "
      "not read would block all other calls");
  for (const std::string& key : keys) talk.Put(key, Large('b')).IsOk();
  talk.Delete(keys.back()).IsOk();
  if (!talk.going()) return;

  talk.LookAt(
      "hold the lock once, copy all entries, release it and send the copy");
  std::size_t count = 0;
  for (; response.has_value(); response = list->Read()) {
    for (const kv::v1::Entry& entry : response->entries()) {
      const std::string expected =
          count < keys.size() ? Quoted(keys[count]) : "no more entries";
      const std::string key = Quoted(entry.key());
      talk.Expect(key == expected, expected, key);
      talk.Expect(entry.value() == Large('a'),
                  "every value from before the later Puts",
                  "a value from a later Put");
      ++count;
    }
  }
  Ends(talk, list, StatusCode::OK);
  talk.Expect(count == keys.size(), absl::StrCat(keys.size(), " entries"),
              absl::StrCat(count));
}

void ListPacked(ServerTalk& talk) {
  constexpr int kEntries = 128;  // of 1 KiB
  constexpr int kMost = 16;      // 32 KiB hold 31 of them
  for (int i = 0; i < kEntries; ++i) {
    talk.Put(talk.Key(absl::StrFormat("/%03d", i)), std::string(1024, 'v'))
        .IsOk();
  }
  talk.LookAt(
      "sending a message costs far more than adding an entry. Fill a response "
      "with about 32 KiB of entries before you write it, and never write an "
      "empty one");
  const auto list = OpenList(talk, "judge/list_packed/");
  if (list == nullptr) return;
  int entries = 0;
  int messages = 0;
  while (const auto response = list->Read()) {
    ++messages;
    entries += response->entries_size();
    talk.Expect(response->entries_size() > 0,
                "at least one entry in each response", "an empty response");
  }
  Ends(talk, list, StatusCode::OK);
  talk.Expect(
      entries == kEntries && messages <= kMost,
      absl::StrCat(kEntries, " entries in at most ", kMost, " responses"),
      absl::StrCat(entries, " entries in ", messages));
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

// Whether the store ever held exactly these entries.
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
      "hold one lock for the whole copy: otherwise writes that happen between "
      "two reads mix two states");
  const std::string prefix = "judge/list_while_writing/";
  const Entries before = ByKey(ListAll(talk, prefix));
  Writers writers(talk, kWriters, kWrites, prefix);
  talk.Sent("List in a loop while they write");
  std::vector<Entries> lists;
  while (writers.running() && talk.going()) {
    lists.push_back(ByKey(ListQuietly(talk, prefix)));
  }
  writers.Join(talk);
  for (const Entries& listed : lists) {
    talk.Expect(Ever(listed, before, writers.changes()),
                "a snapshot: the entries at one moment",
                "entries that were never in the store together");
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
  talk.Expect(first.has_value(), "an entry",
              first ? "" : WhyNoMessage(talk, *list));
  talk.Sent("cancel the call after the first response");
  list->Cancel();
  Ends(talk, list, StatusCode::CANCELLED);
  if (!talk.going()) return;
  talk.LookAt(
      "once the call is over, return: a client that disconnects must not crash "
      "the server or keep its handler running",
      "Write() then returns false");
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> ListMomentQuestions() {
  return {
      {"list_moment", "a List is a snapshot, however slow its reader", 4,
       ListMoment},
      {"list_packed", "a response holds many entries, at least one", 4,
       ListPacked},
      {"list_while_writing", "a List is a snapshot while others write", 4,
       ListWhileWriting},
      {"list_abandoned", "a cancelled List does not harm the server", 4,
       ListAbandoned},
  };
}

}  // namespace judge
