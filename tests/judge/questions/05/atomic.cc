// Stage 05: an Import is atomic, also beside concurrent calls.
#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"
#include "talk/writers.h"

namespace judge {
namespace {

constexpr int kEntries = 50;
constexpr int kImports = 20;

// Imports all keys with the same value.
grpc::Status ImportAll(const std::shared_ptr<grpc::Channel>& channel,
                       const std::string& prefix, int value,
                       kv::v1::ImportResponse* response) {
  ImportStream stream(channel, "Import");
  kv::v1::ImportRequest request;
  request.set_value(absl::StrCat(value));
  for (int i = 0; i < kEntries; ++i) {
    request.set_key(absl::StrCat(prefix, i));
    stream.Write(request);
  }
  stream.HalfClose();
  if (const auto got = stream.Read()) *response = *got;
  return stream.End().value_or(
      grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "the call still runs"));
}

void ImportAtomic(ServerTalk& talk) {
  talk.LookAt(
      "write all entries under one lock, so that no other call sees only some "
      "of them");
  const std::string prefix = "judge/import_atomic/";
  const auto channel = talk.shared().channel;
  kv::v1::ImportResponse response;
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("Import of ", kEntries,
                         " entries with the same value, ", kImports,
                         " times, with List at the same time"));
  // The first import may find entries of an earlier run of the judge.
  grpc::Status status = ImportAll(channel, prefix, 0, &response);
  talk.Expect(status.ok(), "OK", Describe(status));
  std::atomic<bool> running = true;
  std::thread importer([&] {
    for (int i = 1; i <= kImports && status.ok(); ++i) {
      status = ImportAll(channel, prefix, i, &response);
    }
    running = false;
  });
  while (running && talk.going()) {
    std::set<std::string> values;
    const auto entries = ListQuietly(talk, prefix);
    for (const kv::v1::Entry& entry : entries) values.insert(entry.value());
    talk.Expect(entries.size() == kEntries && values.size() == 1,
                absl::StrCat("all ", kEntries, " entries, from one import"),
                "entries from two imports, or only some of them");
  }
  importer.join();
  talk.Expect(status.ok(), "OK", Describe(status));
}

void ImportChanges(ServerTalk& talk) {
  constexpr int kWriters = 4;
  constexpr int kWrites = 100;
  const std::string prefix = "judge/import_changes/";
  const std::string written = "judge/import_changes_not/";
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, "judge/import_changes");
  Stands(talk, watch, revision);
  if (!talk.going()) return;
  talk.LookAt(
      "an Import's changes are consecutive: no other change comes between "
      "them");
  Writers writers(talk, kWriters, kWrites, written);
  const auto channel = talk.shared().Connection();
  talk.Sent(absl::StrCat("at the same time Import of", kEntries, " entries, ",
                         kImports, " times"));
  std::vector<std::int64_t> ends;  // the revisions in the responses
  for (int i = 0; i < kImports && talk.going(); ++i) {
    kv::v1::ImportResponse response;
    const auto status = ImportAll(channel, prefix, i, &response);
    talk.Expect(status.ok(), "OK", Describe(status));
    ends.push_back(response.revision());
  }
  writers.Join(talk);

  constexpr int kAll = kWriters * kWrites + kImports * kEntries;
  std::set<std::string> keys;  // of the current import
  std::int64_t first = 0;
  for (int i = 1; i <= kAll && talk.going(); ++i) {
    const auto change = watch->Read();
    talk.Expect(
        change && change->entry().revision() == revision + i,
        "every change, including those of the imports",
        change ? "a gap: a change is missing" : WhyNoMessage(talk, *watch));
    if (!change || !absl::StartsWith(change->entry().key(), prefix)) continue;
    if (keys.empty()) first = change->entry().revision();
    keys.insert(change->entry().key());
    talk.Expect(change->entry().revision() ==
                    first + static_cast<std::int64_t>(keys.size()) - 1,
                "consecutive changes, each key of the import once",
                "another change between them, or a key twice");
    if (keys.size() < kEntries) continue;
    keys.clear();
    talk.Expect(
        !ends.empty() && change->entry().revision() == ends.front(),
        "as revision of the import's last change the one in its response",
        "another revision");
    if (!ends.empty()) ends.erase(ends.begin());
  }
}

}  // namespace

std::vector<ServerQuestion> AtomicQuestions() {
  return {
      {"import_atomic", "no call sees part of an Import", 5, ImportAtomic},
      {"import_changes", "an Import's changes are consecutive in a Watch", 5,
       ImportChanges},
  };
}

}  // namespace judge
