// Stage 02: concurrent calls, from several threads of the judge.
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "questions/all.h"

namespace judge {
namespace {

constexpr int kThreads = 8;

// Runs work(0), work(1), ... on several threads at the same time, and waits
// for all of them.
void AtOnce(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

grpc::Status PutAt(ServerTalk::Stub& stub, const std::string& key,
                   const std::string& value, std::int64_t expected_revision) {
  kv::v1::PutResponse response;
  return stub.Put(NewContext().get(),
                  PutRequestOf(key, value, expected_revision), &response);
}

void OneWinner(ServerTalk& talk) {
  constexpr int kRounds = 10;
  talk.LookAt("check and write in one step: hold the lock over both");
  const std::string key = talk.Key();
  for (int round = 0; round < kRounds && talk.going(); ++round) {
    talk.Delete(key).IsOk();
    ServerTalk::Stub& stub = *talk.shared().stub;
    std::vector<grpc::Status> ends(kThreads);
    AtOnce([&](int i) { ends[i] = PutAt(stub, key, "1", 0); });

    talk.Sent(absl::StrCat(kThreads, " concurrent calls: Put {key: ",
                           Quoted(key), " value: \"1\" expected_revision: 0}"));
    int winners = 0;
    for (const grpc::Status& end : ends) {
      winners += end.ok() ? 1 : 0;
      talk.Expect(
          end.ok() || end.error_code() == StatusCode::FAILED_PRECONDITION,
          "OK or FAILED_PRECONDITION", Describe(end));
    }
    talk.Expect(winners == 1, "exactly one OK",
                winners == 0 ? "none" : "more than one");
  }
}

// Reads the value, adds one and writes it with expected_revision. Tries again
// until no other thread wrote in between.
grpc::Status Increment(ServerTalk::Stub& stub, const std::string& key) {
  constexpr int kTries = 1000;  // far more than a correct server needs
  grpc::Status status;
  for (int i = 0; i < kTries; ++i) {
    kv::v1::GetResponse found;
    status = stub.Get(NewContext().get(), GetRequestOf(key), &found);
    if (!status.ok()) return status;
    const int count = std::atoi(found.entry().value().c_str());
    status =
        PutAt(stub, key, absl::StrCat(count + 1), found.entry().revision());
    if (status.error_code() != StatusCode::FAILED_PRECONDITION) return status;
  }
  return status;
}

void NoLostUpdate(ServerTalk& talk) {
  constexpr int kRounds = 10;
  talk.LookAt("check and write in one step: hold the lock over both");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "0").Is(Written(revision + 1));
  if (!talk.going()) return;

  ServerTalk::Stub& stub = *talk.shared().stub;
  std::vector<grpc::Status> ends(kThreads);
  AtOnce([&](int i) {
    for (int round = 0; round < kRounds && ends[i].ok(); ++round) {
      ends[i] = Increment(stub, key);
    }
  });
  talk.Sent(absl::StrCat(kThreads, " threads, ", kRounds,
                         " times each: Get, then Put value + 1",
                         " with expected_revision, repeated until it is OK"));
  for (const grpc::Status& end : ends) {
    talk.Expect(end.ok(), "OK in the end", Describe(end));
  }
  constexpr int kAll = kThreads * kRounds;
  const auto reply = talk.Get(key);
  const std::string value = reply.message().entry().value();
  const std::string expected = absl::StrCat(kAll);
  // The number of lost increments differs from run to run, so we do not print
  // it.
  talk.Expect(value == expected, absl::StrCat("value ", Quoted(expected)),
              std::atoi(value.c_str()) < kAll
                  ? "a smaller number: increments were lost"
                  : Quoted(value));
  reply.Is(Found(key, expected, revision + 1 + kAll));
}

}  // namespace

std::vector<ServerQuestion> AtOnceQuestions() {
  return {
      {"one_winner", "of concurrent Puts of an absent key, one succeeds", 2,
       OneWinner},
      {"no_lost_update", "concurrent increments are all counted", 2,
       NoLostUpdate},
  };
}

}  // namespace judge
