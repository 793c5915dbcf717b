// Stage 05: an Import beside other calls is one step.
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

// One import of all keys with one value.
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
      grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "it still runs"));
}

void ImportAtomic(ServerTalk& talk) {
  talk.LookAt(
      "write all entries under one lock: no one may see the first without the "
      "last");
  const std::string prefix = "judge/import_atomic/";
  const auto channel = talk.shared().channel;
  kv::v1::ImportResponse response;
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("Import of ", kEntries, " entries with one value, ",
                         kImports, " times, and List meanwhile"));
  // Before the first import some may be there, from an earlier judge.
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
                absl::StrCat("all ", kEntries, " entries, of one import"),
                "entries of two imports");
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
      "an Import's changes are like those of Put, and stand together: no other "
      "change comes in between");
  Writers writers(talk, kWriters, kWrites, written);
  const auto channel = talk.shared().Connection();
  talk.Sent(absl::StrCat("meanwhile Import of ", kEntries, " entries, ",
                         kImports, " times"));
  std::vector<std::int64_t> ends;  // the revisions that were answered
  for (int i = 0; i < kImports && talk.going(); ++i) {
    kv::v1::ImportResponse response;
    const auto status = ImportAll(channel, prefix, i, &response);
    talk.Expect(status.ok(), "OK", Describe(status));
    ends.push_back(response.revision());
  }
  writers.Join(talk);

  constexpr int kAll = kWriters * kWrites + kImports * kEntries;
  std::set<std::string> keys;  // of the import that is being read
  std::int64_t first = 0;
  for (int i = 1; i <= kAll && talk.going(); ++i) {
    const auto change = watch->Read();
    talk.Expect(change && change->entry().revision() == revision + i,
                "every change, also those of the imports",
                change ? "changes, and one of them is missing"
                       : WhyNoMessage(talk, *watch));
    if (!change || !absl::StartsWith(change->entry().key(), prefix)) continue;
    if (keys.empty()) first = change->entry().revision();
    keys.insert(change->entry().key());
    talk.Expect(change->entry().revision() ==
                    first + static_cast<std::int64_t>(keys.size()) - 1,
                "an import's changes one after the other, each key once",
                "another change between them");
    if (keys.size() < kEntries) continue;
    keys.clear();
    talk.Expect(!ends.empty() && change->entry().revision() == ends.front(),
                "the revision that Import answers on its last change",
                "another revision");
    if (!ends.empty()) ends.erase(ends.begin());
  }
}

}  // namespace

std::vector<ServerQuestion> AtomicQuestions() {
  return {
      {"import_atomic", "nobody sees half an Import", 5, ImportAtomic},
      {"import_changes", "a Watch gives an Import's changes together", 5,
       ImportChanges},
  };
}

}  // namespace judge
