// Stage 05: Import, many requests and one response.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Calls Import and sends the entries. The call stays open.
std::unique_ptr<ImportStream> OpenImport(
    ServerTalk& talk, const Pairs& entries,
    absl::Time deadline = absl::InfiniteFuture()) {
  const std::shared_ptr<grpc::Channel> channel = talk.shared().channel;
  if (!talk.going()) return nullptr;
  constexpr std::size_t kShown = 4;
  std::string shown;
  for (std::size_t i = 0; i < entries.size() && i < kShown; ++i) {
    absl::StrAppend(&shown, " ",
                    Describe(ImportOf(entries[i].first, entries[i].second)));
  }
  if (entries.size() > kShown) {
    absl::StrAppend(&shown, " ... (", entries.size(), " entries)");
  }
  talk.Sent(absl::StrCat("Import", shown));
  auto stream = std::make_unique<ImportStream>(channel, "Import", deadline);
  for (const auto& [key, value] : entries) {
    if (!stream->Write(ImportOf(key, value))) break;  // the status says why
  }
  return stream;
}

// Does a whole Import: sends the entries, half-closes and reads the response.
Reply<kv::v1::ImportResponse> Import(ServerTalk& talk, const Pairs& entries) {
  const auto stream = OpenImport(talk, entries);
  if (stream == nullptr) return {talk, {}, {}};
  stream->HalfClose();
  const auto response = stream->Read();
  const auto end = stream->End();
  talk.Expect(end.has_value(), "a response and a status",
              "the call still runs");
  const grpc::Status status = talk.Explain(end.value_or(grpc::Status::OK));
  talk.Expect(response.has_value() || !status.ok(), "a response before OK",
              "OK without a response");
  return {talk, status, response.value_or(Imported(0, 0))};
}

void ImportEntries(ServerTalk& talk) {
  talk.LookAt(
      "read to the end of the stream, then write all entries. Each is a change "
      "with its own revision",
      "Read() returns false at the end");
  const std::string a = talk.Key("/a");
  const std::string b = talk.Key("/b");
  const std::string c = talk.Key("/c");
  const std::int64_t revision = talk.Revision();
  talk.Put(b, "old").Is(Written(revision + 1));
  Import(talk, {{a, "1"}, {b, "2"}, {c, ""}}).Is(Imported(3, revision + 4));
  // The contract does not say in which order they get their revisions.
  const auto found = ListAll(talk, "judge/import/");
  std::int64_t sum = 0;
  for (const kv::v1::Entry& entry : found) sum += entry.revision() - revision;
  talk.Expect(found.size() == 3 && found[0].value() == "1" &&
                  found[1].value() == "2" && found[2].value().empty() &&
                  sum == 2 + 3 + 4,
              "all three entries, each with its own revision",
              found.size() == 3
                  ? absl::StrCat(Describe(found[0]), ", ", Describe(found[1]),
                                 ", ", Describe(found[2]))
                  : absl::StrCat(found.size(), " entries"));
  talk.RevisionStays(revision + 4);
}

void ImportEmpty(ServerTalk& talk) {
  talk.LookAt("an import of no entries is not an error, and not a change");
  const std::int64_t revision = talk.Revision();
  Import(talk, {}).Is(Imported(0, revision));
  talk.RevisionStays(revision);
}

void ImportTwice(ServerTalk& talk) {
  talk.LookAt(
      "imported_count counts requests. A key that occurs twice is one change, "
      "and its last value is stored");
  const std::string a = talk.Key("/a");
  const std::string b = talk.Key("/b");
  const std::int64_t revision = talk.Revision();
  Import(talk, {{a, "1"}, {b, "2"}, {a, "3"}, {a, "4"}})
      .Is(Imported(4, revision + 2));
  const auto got = talk.Get(a);
  talk.Expect(got.message().entry().value() == "4", "the last value: \"4\"",
              got.Got());
  talk.RevisionStays(revision + 2);
}

// Sends a bad entry after good ones and expects that none of them is stored.
void Refused(ServerTalk& talk, const std::pair<std::string, std::string>& bad,
             const std::string& field) {
  const std::string a = talk.Key("/a");
  const std::string b = talk.Key("/b");
  const std::int64_t revision = talk.Revision();
  talk.LookAt(
      "start the message with the entry's position (the first is 1) and the "
      "field, so that the user finds the line in the file");
  const auto reply = Import(talk, {{a, "1"}, {b, "2"}, bad, {"", ""}});
  const std::string start = absl::StrCat("entry 3: ", field, ":");
  talk.Expect(reply.status().error_code() == StatusCode::INVALID_ARGUMENT &&
                  absl::StartsWith(reply.status().error_message(), start),
              absl::StrCat("INVALID_ARGUMENT with a message that starts with ",
                           Quoted(start)),
              reply.Got());
  talk.LookAt(
      "check every entry before you write the first one: all are stored or "
      "none");
  talk.Get(a).Fails(StatusCode::NOT_FOUND);
  talk.Get(b).Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
}

void ImportRefused(ServerTalk& talk) {
  Refused(talk, {"", "3"}, "key");
  Refused(talk, {std::string(kMaxKeyBytes + 1, 'x'), "3"}, "key");
  Refused(talk, {"judge/x", std::string(kMaxValueBytes + 1, 'x')}, "value");
}

// The client neither half-closes nor stops sending. The status must come
// anyway.
void ImportEarly(ServerTalk& talk) {
  talk.LookAt("return the status at the first bad entry, without reading on");
  const std::string key = talk.Key();
  const auto stream = OpenImport(talk, {{key, "1"}, {"", "2"}});
  if (stream == nullptr) return;
  talk.Sent("more entries, without a half-close");
  // Write() returns false once the call is over.
  constexpr int kMore = 100;
  for (int i = 0; i < kMore && stream->Write(ImportOf(key, "3")); ++i) {
  }
  Ends(talk, stream, StatusCode::INVALID_ARGUMENT, "entry 2: key:");
  talk.Get(key).Fails(StatusCode::NOT_FOUND);
}

void ImportBroken(ServerTalk& talk) {
  constexpr absl::Duration kTime = absl::Milliseconds(300);
  talk.LookAt(
      "a cancelled call looks like the end of the stream. Check whether it was "
      "cancelled before you store",
      "Read() returns false in both cases; IsCancelled() tells");
  const std::string a = talk.Key("/a");
  const std::string b = talk.Key("/b");
  const std::string last = talk.Key("/last");
  const std::int64_t revision = talk.Revision();
  const auto watch = OpenWatch(talk, "judge/import_broken/");
  Stands(talk, watch, revision);
  const auto cancelled = OpenImport(talk, {{a, "1"}, {b, "2"}});
  if (cancelled == nullptr) return;
  talk.Sent("cancel the call, without a half-close");
  cancelled->Cancel();
  Ends(talk, cancelled, StatusCode::CANCELLED);
  const auto late = OpenImport(talk, {{a, "3"}, {b, "4"}}, absl::Now() + kTime);
  Ends(talk, late, StatusCode::DEADLINE_EXCEEDED);
  if (!talk.going()) return;
  // The server may notice the end a little later than the client. We wait for
  // a fixed time, because nothing should happen.
  const auto change = watch->Read(kTime);
  talk.Expect(!change, "nothing is stored", "a change of " + Quoted(a));
  talk.Get(a).Fails(StatusCode::NOT_FOUND);
  talk.Put(last, "5").Is(Written(revision + 1));
  Next(talk, watch, PutChange(last, "5", revision + 1));
}

void ImportTooLarge(ServerTalk& talk) {
  constexpr int kEntries = 65;  // of 1 MiB: one more than 64 MiB
  talk.LookAt(
      "the entries wait in memory until the half-close. Count their bytes, and "
      "end the call when they are too many");
  const std::string value(kMaxValueBytes, 'x');
  Pairs entries;
  for (int i = 0; i < kEntries; ++i) {
    entries.emplace_back(absl::StrCat("judge/import_too_large/", i), value);
  }
  const std::string first = talk.Key("/0");
  const std::int64_t revision = talk.Revision();
  Import(talk, entries).Fails(StatusCode::RESOURCE_EXHAUSTED);
  talk.Get(first).Fails(StatusCode::NOT_FOUND);
  talk.RevisionStays(revision);
}

}  // namespace

std::vector<ServerQuestion> ImportQuestions() {
  return {
      {"import", "Import stores the entries and counts them", 5, ImportEntries},
      {"import_empty", "an empty Import changes nothing", 5, ImportEmpty},
      {"import_twice", "the last value of a key that occurs twice wins", 5,
       ImportTwice},
      {"import_refused", "one bad entry: nothing is stored", 5, ImportRefused},
      {"import_early", "the status does not wait for the half-close", 5,
       ImportEarly},
      {"import_broken", "a cancelled or late Import stores nothing", 5,
       ImportBroken},
      {"import_too_large", "an Import over 64 MiB is RESOURCE_EXHAUSTED", 5,
       ImportTooLarge},
  };
}

}  // namespace judge
