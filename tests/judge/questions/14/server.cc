// Stage 14: several servers that keep their entries in one etcd cluster are one
// store.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "questions/all.h"
#include "talk/etcd_talk.h"
#include "talk/stream_talk.h"
#include "talk/writers.h"

namespace judge {
namespace {

// How long a call may wait for an etcd that does not answer. The servers have
// to give up on their own well before this deadline.
constexpr absl::Duration kSilence = absl::Seconds(8);

// An etcd, and servers A and B that keep their entries in it. The first calls
// go to A.
class Servers final {
 public:
  explicit Servers(ServerTalk& talk) : talk_(talk), etcd_(talk) {
    Start("B");
    Start("A");
  }
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;
  // Stops the servers before the etcd that they need.
  ~Servers() { talk_.StopOwn(); }

  void Start(const std::string& label) {
    if (talk_.going()) talk_.StartOwnAs(label, etcd_.Flags());
  }
  Etcd& etcd() { return etcd_; }

 private:
  ServerTalk& talk_;
  Etcd etcd_;
};

// The servers take turns, so that each one always needs the other's last write.
std::string Turn(int round) { return round % 2 == 0 ? "A" : "B"; }

// B stands still while A writes so much that B can't hear of all of it before
// its next call. Without this, a server that answers by what it has heard is
// often right: etcd tells it soon.
void ReadBehind(ServerTalk& talk, int revision) {
  constexpr int kWrites = 50;
  constexpr std::size_t kBytes = 100'000;
  for (const char* const letter : {"x", "y", "z"}) {
    if (!talk.going()) return;
    talk.Use("B");
    const pid_t server = talk.shared().process->pid();
    kill(server, SIGSTOP);
    talk.Use("A");
    const std::string value = letter + std::string(kBytes, '.');
    for (int i = 0; i < kWrites && talk.going(); ++i) {
      talk.Put("c", value).Is(Written(++revision));
    }
    kill(server, SIGCONT);
    talk.Use("B");
    talk.Get("c").Is(Found("c", value, revision));
  }
}

void OneStore(ServerTalk& talk) {
  constexpr int kRounds = 50;
  Servers servers(talk);
  talk.LookAt(
      "another server may have written since this one has heard of etcd: "
      "before a Get or a List is answered, ask etcd which change is the last");
  int revision = 0;
  for (int round = 0; round < kRounds && talk.going(); ++round) {
    const std::string value = absl::StrCat(round);
    talk.Use(Turn(round));
    talk.Put("a", value).Is(Written(++revision));
    talk.Use(Turn(round + 1));
    talk.Get("a").Is(Found("a", value, revision));
    talk.Put("b", value).Is(Written(++revision));
    talk.Use(Turn(round));
    Lists(talk, "",
          {EntryOf("a", value, revision - 1), EntryOf("b", value, revision)});
  }
  ReadBehind(talk, revision);
}

void OneDecision(ServerTalk& talk) {
  constexpr int kRounds = 20;
  Servers servers(talk);
  talk.LookAt(
      "expected_revision is about the last write of any server: if etcd has a "
      "change that this server does not know, decide again");
  int revision = 0;
  for (int round = 0; round < kRounds && talk.going(); ++round) {
    talk.Use(Turn(round));
    talk.Put("a", "in time", revision).Is(Written(revision + 1));
    ++revision;
  }
  for (int round = 0; round < kRounds && talk.going(); ++round) {
    talk.Use(Turn(round));
    talk.Put("a", "in time").Is(Written(revision + 1));
    talk.Use(Turn(round + 1));
    talk.Put("a", "late", revision).Fails(StatusCode::FAILED_PRECONDITION);
    ++revision;
  }
  talk.LookAt("a Delete has to know the other servers' keys, too");
  for (int round = 0; round < kRounds && talk.going(); ++round) {
    talk.Use(Turn(round));
    talk.Put("b", "1", 0).Is(Written(++revision));
    talk.Use(Turn(round + 1));
    talk.Delete("b").Is(Deleted(true, ++revision));
    talk.Use(Turn(round));
    talk.Delete("b").Is(Deleted(false, revision));
  }
}

std::string StoreNameOf(ServerTalk& talk,
                        const std::unique_ptr<WatchStream>& watch) {
  const auto name = watch == nullptr ? std::nullopt : watch->Header(kNameKey);
  talk.Expect(name.has_value() && !name->empty(), "the metadata kv-store",
              "none");
  return name.value_or("");
}

void WatchAnywhere(ServerTalk& talk) {
  Servers servers(talk);
  talk.LookAt("send a Watch the changes of all servers, not only your own");
  talk.Use("B");
  const auto watch = OpenWatch(talk, "");
  Stands(talk, watch, 0);
  talk.Use("A");
  talk.Put("a", "1").Is(Written(1));
  Next(talk, watch, PutChange("a", "1", 1));
  talk.Use("B");
  talk.Put("b", "2").Is(Written(2));
  Next(talk, watch, PutChange("b", "2", 2));
  talk.Use("A");
  talk.Delete("a").Is(Deleted(true, 3));
  Next(talk, watch, DeleteChange("a", 3));

  const auto first = OpenWatch(talk, "", 0);
  Next(talk, first, PutChange("a", "1", 1));
  talk.LookAt(
      "the name belongs to the store, so keep it in etcd: a Watch of one "
      "server goes on at another one");
  const std::string name = StoreNameOf(talk, first);
  const std::string other = StoreNameOf(talk, watch);
  talk.Expect(name == other, "the same kv-store from A and B", "two names");
  talk.Use("B");
  if (!talk.going()) return;
  talk.Sent("B: Watch {after_revision: 1} with the kv-store of A");
  const auto resumed = std::make_unique<WatchStream>(
      talk.shared().channel, "Watch", absl::InfiniteFuture(),
      Metadata{{kNameKey, name}});
  resumed->Write(WatchRequestOf("", 1));
  resumed->HalfClose();
  Stands(talk, resumed, 1);
  Next(talk, resumed, PutChange("b", "2", 2));
  Next(talk, resumed, DeleteChange("a", 3));
  talk.Use("A");
  talk.Put("a", "4").Is(Written(4));
  Next(talk, resumed, PutChange("a", "4", 4));
}

// Expects that a Watch from the beginning sends the changes 1 to `last`.
// Returns them.
std::vector<kv::v1::WatchResponse> AllChanges(ServerTalk& talk,
                                              std::int64_t last) {
  std::vector<kv::v1::WatchResponse> changes;
  const auto watch = OpenWatch(talk, "", 0);
  for (std::int64_t revision = 1; revision <= last && talk.going();
       ++revision) {
    const auto change = watch->Read();
    const std::int64_t got = change ? change->entry().revision() : 0;
    talk.Expect(got == revision,
                absl::StrCat("the change with revision ", revision),
                change ? Describe(*change) : WhyNoMessage(talk, *watch));
    if (change) changes.push_back(*change);
  }
  return changes;
}

void BothWrite(ServerTalk& talk) {
  constexpr int kWriters = 5;
  constexpr int kWrites = 20;
  constexpr int kAll = 2 * kWriters * kWrites;
  Servers servers(talk);
  talk.LookAt(
      "two servers must not give the same revision: write a change only if "
      "etcd does not have that revision yet, in one transaction");
  Writers a(talk, kWriters, kWrites, "a/");
  talk.Use("B");
  Writers b(talk, kWriters, kWrites, "b/");
  b.Join(talk);
  talk.Use("A");
  a.Join(talk);
  auto both = a.changes();
  both.insert(b.changes().begin(), b.changes().end());
  const bool dense = both.size() == kAll && both.begin()->first == 1 &&
                     both.rbegin()->first == kAll;
  talk.Expect(dense, absl::StrCat("each of the revisions 1 to ", kAll, " once"),
              "another revision, or one of them twice");
  talk.LookAt("an acknowledged write must not be lost");
  for (const auto& change : AllChanges(talk, kAll)) {
    const auto& expected = both[change.entry().revision()];
    talk.Expect(Same(change, expected), Describe(expected), Describe(change));
  }
}

void ServerDies(ServerTalk& talk) {
  constexpr int kEntries = 20;
  Servers servers(talk);
  talk.LookAt(
      "any server may die: what it has acknowledged must be in etcd by then");
  std::vector<kv::v1::Entry> expected;
  for (int i = 0; i < kEntries; ++i) {
    expected.push_back(EntryOf(absl::StrCat("a", 10 + i), "1", i + 1));
    talk.Put(expected.back().key(), "1").Is(Written(i + 1));
  }
  if (!talk.going()) return;
  talk.Sent("SIGKILL to A");
  talk.Signal(SIGKILL);
  talk.Use("B");
  Lists(talk, "", expected);
  talk.Delete("a10").Is(Deleted(true, kEntries + 1));
  expected.erase(expected.begin());
  talk.LookAt("a new server reads all that there is in etcd");
  servers.Start("C");
  Lists(talk, "", expected);
  talk.Put("a10", "2", 0).Is(Written(kEntries + 2));
  AllChanges(talk, kEntries + 2);
  talk.Use("B");
  talk.Get("a10").Is(Found("a10", "2", kEntries + 2));
}

// A call to a server whose etcd may be silent.
std::unique_ptr<grpc::ClientContext> SilentContext() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + kSilence));
  return context;
}

void IsUnavailable(ServerTalk& talk, const std::string& what,
                   const grpc::Status& status) {
  talk.Sent(absl::StrCat(what, ", with a deadline of ",
                         absl::FormatDuration(kSilence)));
  talk.Expect(status.error_code() == StatusCode::UNAVAILABLE, "UNAVAILABLE",
              status.ok() ? "OK" : Describe(talk.Explain(status)));
}

// Whether the status promises that the call has changed nothing.
bool HasRetryInfo(const grpc::Status& status) {
  const auto all = Parsed<google::rpc::Status>(status.error_details());
  return std::any_of(all.details().begin(), all.details().end(),
                     [](const google::protobuf::Any& any) {
                       return any.Is<google::rpc::RetryInfo>();
                     });
}

grpc::Status PutSilently(ServerTalk::Stub& stub, const std::string& value) {
  kv::v1::PutResponse ignored;
  return stub.Put(SilentContext().get(), PutRequestOf("a", value), &ignored);
}

// Repeats a Put through A, each time with another value, until it is OK.
// Returns how each value ended.
std::map<std::string, grpc::Status> PutUntilOk(ServerTalk& talk) {
  std::map<std::string, grpc::Status> ends;
  const absl::Time until = absl::Now() + kSilence;
  bool ok = false;
  while (talk.going() && !ok && absl::Now() < until) {
    const std::string value = absl::StrCat("after", ends.size());
    ok = (ends[value] = PutSilently(*talk.shared().stub, value)).ok();
    if (!ok) absl::SleepFor(absl::Milliseconds(50));
  }
  talk.Sent("A: Put, repeated");
  talk.Expect(ok, "OK in the end",
              ends.empty() ? "" : Describe(ends.rbegin()->second));
  return ends;
}

void EtcdSilent(ServerTalk& talk) {
  Servers servers(talk);
  talk.Put("a", "before").Is(Written(1));
  talk.Use("B");
  talk.Get("a").Is(Found("a", "before", 1));
  if (!talk.going()) return;
  ServerTalk::Stub& b = *talk.shared().stub;
  talk.Use("A");
  ServerTalk::Stub& a = *talk.shared().stub;
  servers.etcd().Freeze();
  talk.LookAt(
      "give up after a few seconds, also on a Get: only etcd knows whether "
      "memory is up to date");
  grpc::Status put;
  std::thread putting([&] { put = PutSilently(a, "during"); });
  kv::v1::GetResponse ignored;
  const grpc::Status get =
      b.Get(SilentContext().get(), GetRequestOf("a"), &ignored);
  putting.join();
  IsUnavailable(talk, R"(B: Get {key: "a"})", get);
  IsUnavailable(talk, R"(A: Put {key: "a" value: "during"})", put);

  servers.etcd().GoOn();
  talk.LookAt("go on when etcd answers again, without a restart");
  auto ends = PutUntilOk(talk);
  ends["during"] = put;
  ends["before"] = grpc::Status::OK;
  talk.Use("B");
  std::map<std::string, int> times;
  for (const auto& change : AllChanges(talk, talk.Revision())) {
    ++times[change.entry().value()];
  }
  for (const auto& [value, end] : ends) {
    talk.LookAt(
        "a Put whose end nobody knows may have happened, but at most once, and "
        "not if it ended with a RetryInfo, which promises that nothing was "
        "changed");
    const int least = end.ok() ? 1 : 0;
    const int most = !end.ok() && HasRetryInfo(end) ? 0 : 1;
    talk.Sent(absl::StrCat("a Put of ", Quoted(value), ", which ended with ",
                           end.ok() ? "OK" : CodeName(end.error_code()),
                           HasRetryInfo(end) ? " and a RetryInfo" : ""));
    talk.Expect(times[value] >= least && times[value] <= most,
                least == most ? absl::StrCat(least, " changes with this value")
                              : "at most 1 change with this value",
                absl::StrCat(times[value]));
  }
}

// Imports entries through A while List asks B. Expects all or none of them, at
// any moment and in the end.
void AllOrNone(ServerTalk& talk, const std::string& prefix, std::size_t count,
               std::size_t bytes) {
  talk.Use("A");
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("A: Import of ", count, " entries of ", bytes,
                         " bytes, and List of B at the same time"));
  ImportStream import(talk.shared().channel, "Import");
  for (std::size_t i = 0; i < count; ++i) {
    import.Write(ImportOf(absl::StrCat(prefix, i), std::string(bytes, 'x')));
  }
  std::atomic<bool> runs = true;
  std::optional<grpc::Status> end;
  std::thread importer([&] {
    import.HalfClose();
    import.Read();
    end = import.End();
    runs = false;
  });
  talk.Use("B");
  std::set<std::size_t> sizes;
  while (runs && talk.going()) sizes.insert(ListQuietly(talk, prefix).size());
  importer.join();
  const grpc::Status status = end.value_or(
      grpc::Status(StatusCode::DEADLINE_EXCEEDED, "the call still runs"));
  const std::size_t left = ListQuietly(talk, prefix).size();
  sizes.insert(left);
  for (const std::size_t size : sizes) {
    talk.Expect(size == 0 || size == count, "all or none in each List",
                "some of them");
  }
  talk.Expect(
      status.ok() || status.error_code() == StatusCode::RESOURCE_EXHAUSTED,
      "OK or RESOURCE_EXHAUSTED", Describe(talk.Explain(status)));
  const std::size_t stored = status.ok() ? count : 0;
  talk.Expect(left == stored, absl::StrCat(stored, " entries at B"),
              absl::StrCat(left));
}

void TooLarge(ServerTalk& talk) {
  constexpr std::size_t kMany = 1000;
  constexpr std::size_t kLarge = 256 << 10;
  // etcd itself rejects 1.75 MiB, and gRPC in it 10 MiB, with another code.
  constexpr std::size_t kSome = 7;
  constexpr std::size_t kMore = 40;
  Servers servers(talk);
  talk.LookAt(
      "an Import is one transaction of etcd, which has limits: what does not "
      "fit is RESOURCE_EXHAUSTED, and must not be written in parts");
  AllOrNone(talk, "many/", kMany, 1);
  AllOrNone(talk, "some/", kSome, kLarge);
  AllOrNone(talk, "more/", kMore, kLarge);
  talk.LookAt("after that, the servers go on");
  const std::int64_t revision = talk.Revision();
  talk.Put("a", "1").Is(Written(revision + 1));
  talk.Use("A");
  talk.Get("a").Is(Found("a", "1", revision + 1));
}

}  // namespace

std::vector<ServerQuestion> ClusterQuestions() {
  return {
      {"one_store", "what one server acknowledged, another one reads", 14,
       OneStore},
      {"one_decision", "expected_revision counts all servers' writes", 14,
       OneDecision},
      {"watch_anywhere", "a Watch sees all servers' changes, and moves", 14,
       WatchAnywhere},
      {"both_write", "concurrent writes of two servers: each is counted", 14,
       BothWrite},
      {"server_dies", "a server is killed; the others have its writes", 14,
       ServerDies},
      {"etcd_silent", "etcd does not answer: UNAVAILABLE, then it goes on", 14,
       EtcdSilent},
      {"too_large", "an Import through etcd is written all or not", 14,
       TooLarge},
  };
}

}  // namespace judge
