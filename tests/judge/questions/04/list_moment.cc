// Stage 04: a List is of one moment, and its reader may be slow or gone.
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
  talk.Expect(response.has_value(), "an entry",
              response ? "" : WhyNoMessage(talk, *list));

  talk.LookAt(
      "do not hold the lock while you write to the stream: a client that does "
      "not read would stop all others");
  for (const std::string& key : keys) talk.Put(key, Large('b')).IsOk();
  talk.Delete(keys.back()).IsOk();
  if (!talk.going()) return;

  talk.LookAt(
      "copy the entries while you hold the lock, once, and send the copy");
  std::size_t count = 0;
  for (; response.has_value(); response = list->Read()) {
    for (const kv::v1::Entry& entry : response->entries()) {
      const std::string expected =
          count < keys.size() ? keys[count] : "no more entries";
      talk.Expect(entry.key() == expected, expected, entry.key());
      talk.Expect(entry.value() == Large('a'),
                  "each value as it was when the first entry was sent",
                  "a value that was written later");
      ++count;
    }
  }
  Ends(talk, list, StatusCode::OK);
  talk.Expect(count == keys.size(), absl::StrCat(keys.size(), " entries"),
              absl::StrCat(count));
}

void ListPacked(ServerTalk& talk) {
  constexpr int kEntries = 128;  // of 1 KiB
  constexpr int kMost = 16;      // in 32 KiB there is room for 31
  for (int i = 0; i < kEntries; ++i) {
    talk.Put(talk.Key(absl::StrFormat("/%03d", i)), std::string(1024, 'v'))
        .IsOk();
  }
  talk.LookAt(
      "a message costs far more than an entry: put entries into a response "
      "until they have about 32 KiB, then write it; and none without an entry");
  const auto list = OpenList(talk, "judge/list_packed/");
  if (list == nullptr) return;
  int entries = 0;
  int messages = 0;
  while (const auto response = list->Read()) {
    ++messages;
    entries += response->entries_size();
    talk.Expect(response->entries_size() > 0, "entries in each response",
                "a response without");
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
  talk.Sent("meanwhile List again and again");
  std::vector<Entries> lists;
  while (writers.running() && talk.going()) {
    lists.push_back(ByKey(ListQuietly(talk, prefix)));
  }
  writers.Join(talk);
  for (const Entries& listed : lists) {
    talk.Expect(Ever(listed, before, writers.changes()),
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
  talk.Expect(first.has_value(), "an entry",
              first ? "" : WhyNoMessage(talk, *list));
  talk.Sent("cancel, after one entry");
  list->Cancel();
  Ends(talk, list, StatusCode::CANCELLED);
  if (!talk.going()) return;
  talk.LookAt(
      "a client that went away is no reason to fall over, and none to go on: "
      "Write() gives false once the call is over, return then");
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> ListMomentQuestions() {
  return {
      {"list_moment", "a List is of one moment, however slow its reader", 4,
       ListMoment},
      {"list_packed", "a response holds many entries, and at least one", 4,
       ListPacked},
      {"list_while_writing", "a List is of one moment while others write", 4,
       ListWhileWriting},
      {"list_abandoned", "a List that is cancelled leaves the server well", 4,
       ListAbandoned},
  };
}

}  // namespace judge
