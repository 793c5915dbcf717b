// Stage 02: what the command line says about calls and about the port.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/stream.h"
#include "talk/usage.h"

namespace judge {
namespace {

using GetStream = Stream<kv::v1::GetRequest, kv::v1::GetResponse>;

constexpr int kBound = 4;   // --max_calls
constexpr int kCalls = 16;  // far more
// More than the flow-control window of a client that does not read.
constexpr std::size_t kUnreadBytes = 1 << 18;

// How many of several concurrent calls the server has answered.
struct Count {
  int answered = 0;
  int rejected = 0;
  int threads = 0;  // that the server has started for them
};

// Calls Get and waits until the answer has begun, or the call was rejected. The
// value must be too large for the flow-control window: then the call stays open
// until somebody reads it.
std::unique_ptr<GetStream> UnreadGet(ServerTalk& talk, const std::string& key) {
  auto call = std::make_unique<GetStream>(talk.shared().channel, "Get");
  call->Write(GetRequestOf(key));
  call->HalfClose();
  call->Header("");
  return call;
}

// Opens many calls before it reads the first answer.
Count GetConcurrently(ServerTalk& talk, const std::string& key) {
  const pid_t pid = talk.shared().process->pid();
  const int before = UsageOf(pid).threads;
  std::vector<std::unique_ptr<GetStream>> calls;
  calls.reserve(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    calls.push_back(UnreadGet(talk, key));
  }
  Count count;
  count.threads = UsageOf(pid).threads - before;
  for (const auto& call : calls) {
    if (call->Read().has_value()) {
      ++count.answered;
      continue;
    }
    const auto end = call->End();
    talk.Expect(end && end->error_code() == StatusCode::RESOURCE_EXHAUSTED,
                "an answer, or RESOURCE_EXHAUSTED",
                end ? Describe(talk.Explain(*end)) : "the call still runs");
    if (!talk.going()) break;
    ++count.rejected;
  }
  return count;
}

void MaxCalls(ServerTalk& talk) {
  talk.LookAt(
      "without a bound, each call that nobody reads costs the server a thread. "
      "Reject the calls beyond --max_calls with RESOURCE_EXHAUSTED");
  const std::string key = "judge/max_calls";
  talk.StartOwn({absl::StrCat("--max_calls=", kBound)});
  talk.Put(key, std::string(kUnreadBytes, 'x')).IsOk();
  if (!talk.going()) return;
  talk.Sent(absl::StrCat(kCalls, " concurrent calls: Get ",
                         Describe(GetRequestOf(key)),
                         ", whose answers the client does not read yet"));
  // A call may count a little longer than its client waits for it, so one that
  // has ended may be the reason for a rejection: then try again.
  Count count;
  const absl::Time until = absl::Now() + Patience();
  do {
    count = GetConcurrently(talk, key);
  } while (talk.going() && count.answered < kBound && absl::Now() < until);
  talk.Expect(count.answered >= kBound,
              absl::StrCat("at least ", kBound, " of them are answered"),
              absl::StrCat(count.answered));
  // Some libraries don't count a call any more once its handler has returned.
  // Then none is rejected, but such a handler needs no thread either.
  talk.Expect(count.rejected > 0 || count.threads < kCalls / 2,
              "RESOURCE_EXHAUSTED for the others",
              "all were answered, with a thread for each");
}

void BadPort(ServerTalk& talk) {
  talk.LookAt(
      "a port is at most 65535. gRPC takes a larger number and listens on "
      "another port, so compare the port that it bound with the requested one");
  talk.DoesNotStart({}, "", "127.0.0.1:99999");
}

void Grace(ServerTalk& talk) {
  talk.LookAt(
      "a stop without a deadline waits until all calls have ended, but a "
      "client may never read its answer: wait for --grace only",
      "Shutdown(now + grace)");
  const std::string key = "judge/grace";
  talk.StartOwn({"--grace=0.2s"});
  talk.Put(key, std::string(kUnreadBytes, 'x')).IsOk();
  if (!talk.going()) return;
  talk.Sent(absl::StrCat("Get ", Describe(GetRequestOf(key)),
                         ", whose answer the client does not read"));
  const auto call = UnreadGet(talk, key);
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> BoundQuestions() {
  return {
      {"max_calls", "more calls than --max_calls: RESOURCE_EXHAUSTED", 2,
       MaxCalls},
      {"bad_port", "a port that does not exist: exit 1", 2, BadPort},
      {"grace", "a call that does not end can't prevent the stop", 2, Grace},
  };
}

}  // namespace judge
