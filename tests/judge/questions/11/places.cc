// Stage 11: limits on calls in flight, with watches counted apart.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "questions/all.h"
#include "talk/detail_talk.h"
#include "talk/guard_talk.h"
#include "talk/pipeline_talk.h"
#include "talk/stream_talk.h"
#include "talk/tokens.h"

namespace judge {
namespace {

constexpr char kKey[] = "judge/place";

using UnaryGet = Stream<kv::v1::GetRequest, kv::v1::GetResponse>;

// Opens a call again while it is rejected with RESOURCE_EXHAUSTED: a call that
// has ended may count a little longer than its client waits for it. `begun`
// waits until the server has accepted the call.
template <class Call, class Request>
std::unique_ptr<Call> Accepted(ServerTalk& talk, const std::string& rpc,
                               const Request& request, bool (*begun)(Call&)) {
  if (!talk.going()) return nullptr;
  talk.Sent(absl::StrCat(rpc, " ", Describe(request),
                         ", repeated while it is RESOURCE_EXHAUSTED"));
  const ServerTalk::Server& server = talk.shared();
  const absl::Time until = absl::Now() + Patience();
  for (;;) {
    auto call = std::make_unique<Call>(
        server.channel, rpc, absl::InfiniteFuture(), server.caller.metadata);
    call->Write(request);
    if (rpc != "Pipeline") call->HalfClose();
    if (begun(*call) || absl::Now() > until) return call;
    const auto end = call->End();
    if (!end || end->error_code() != StatusCode::RESOURCE_EXHAUSTED) {
      return call;
    }
  }
}

// Expects that there is a place for a Get, and for a Watch.
void GetIsAnswered(ServerTalk& talk) {
  const auto call =
      Accepted<UnaryGet>(talk, "Get", GetRequestOf(kKey),
                         [](UnaryGet& get) { return get.Read().has_value(); });
  Ends(talk, call, StatusCode::NOT_FOUND);
}

std::unique_ptr<WatchStream> WatchIsAccepted(ServerTalk& talk) {
  auto call = Accepted<WatchStream>(
      talk, "Watch", WatchRequestOf(""), [](WatchStream& watch) {
        return watch.Header(kRevisionKey).has_value();
      });
  Stands(talk, call, 0);
  return call;
}

void PromisesRetry(ServerTalk& talk, const grpc::Status& status) {
  if (talk.going()) DetailOf<google::rpc::RetryInfo>(talk, status);
}

void MaxWatches(ServerTalk& talk) {
  talk.LookAt(
      "count the watches that are active, and reject one that is too many: "
      "RESOURCE_EXHAUSTED, with a RetryInfo in the details");
  talk.StartOwn({"--max_watches=2"});
  const auto first = OpenWatch(talk, "");
  Stands(talk, first, 0);
  const auto second = OpenWatch(talk, "");
  Stands(talk, second, 0);
  PromisesRetry(
      talk, Ends(talk, OpenWatch(talk, ""), StatusCode::RESOURCE_EXHAUSTED));
  GetIsAnswered(talk);
}

void WatchPlace(ServerTalk& talk) {
  talk.StartOwn({"--max_watches=1"});
  const auto first = OpenWatch(talk, "");
  Stands(talk, first, 0);
  if (!talk.going()) return;
  talk.LookAt(
      "a watch that was cancelled must give its place back, also if there is "
      "no change any more: end the call as soon as you know of it",
      "OnCancel() calls Finish(), and OnDone() deletes the reactor");
  talk.Sent("the client cancels the Watch");
  first->Cancel();
  const auto second = WatchIsAccepted(talk);
  talk.LookAt("a later change must not wake the Watch that has ended");
  talk.Put(kKey, "1").Is(Written(1));
  Next(talk, second, PutChange(kKey, "1", 1));
}

void WatchesApart(ServerTalk& talk) {
  constexpr int kWatches = 8;
  talk.LookAt("--max_calls does not count watches: they have --max_watches");
  talk.StartOwn(
      {"--max_calls=1", absl::StrCat("--max_watches=", kWatches + 1)});
  std::vector<std::unique_ptr<WatchStream>> watches;
  for (int i = 0; i < kWatches; ++i) {
    watches.push_back(OpenWatch(talk, ""));
    Stands(talk, watches.back(), 0);
  }
  GetIsAnswered(talk);
  talk.LookAt("a call that takes the last place of --max_calls stops no Watch");
  const auto pipeline = Accepted<PipelineStream>(
      talk, "Pipeline", DeleteOf(1, kKey),
      [](PipelineStream& call) { return call.Read().has_value(); });
  Answered(talk, pipeline, DeleteOf(2, kKey), DeletedAnswer(2, false, 0));
  WatchIsAccepted(talk);
}

// Expects that there is no place for this rpc, which is not Watch.
void IsRejected(ServerTalk& talk, const std::string& rpc) {
  if (!talk.going()) return;
  // All requests but Pipeline's have their key or prefix in the same field.
  const auto call = std::make_unique<AnyCall>(talk.shared().channel, rpc);
  const std::string bytes = rpc == "Pipeline"
                                ? PutOf(1, kKey, "1").SerializeAsString()
                                : GetRequestOf(kKey).SerializeAsString();
  talk.Sent(absl::StrCat(rpc, " of ", Quoted(kKey)));
  call->Write(Parsed<AnyMessage>(bytes));
  call->HalfClose();
  PromisesRetry(talk, Ends(talk, call, StatusCode::RESOURCE_EXHAUSTED));
}

// Each rpc but Watch, which counts apart.
void CallsBusy(ServerTalk& talk) {
  talk.LookAt(
      "count the calls in flight, also those that need no thread: a Pipeline "
      "counts until it ends",
      "take a place in the reactor's constructor; its destructor returns it");
  talk.StartOwn({"--max_calls=2"});
  const auto first = OpenPipeline(talk);
  Answered(talk, first, DeleteOf(1, kKey), DeletedAnswer(1, false, 0));
  const auto second = OpenPipeline(talk);
  Answered(talk, second, DeleteOf(1, kKey), DeletedAnswer(1, false, 0));
  talk.LookAt(
      "reject a call that is too many before it does anything: "
      "RESOURCE_EXHAUSTED, with a RetryInfo in the details");
  for (const std::string& rpc : Guarded::All()) {
    if (rpc != "Watch") IsRejected(talk, rpc);
  }
  talk.LookAt("RetryInfo promises that the rejected calls changed nothing");
  Answered(talk, first, DeleteOf(2, kKey), DeletedAnswer(2, false, 0));
  if (!talk.going()) return;
  talk.LookAt("a call that has ended gives its place back");
  first->HalfClose();
  Ends(talk, first, StatusCode::OK);
  GetIsAnswered(talk);
}

void StreamsLeaveRoom(ServerTalk& talk) {
  constexpr int kStreams = 3;
  talk.LookAt(
      "a client can hold a stream open for as long as it likes. List, Import "
      "and Pipeline must leave a quarter of --max_calls to unary calls");
  talk.StartOwn({"--max_calls=4"});
  std::vector<std::unique_ptr<PipelineStream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(OpenPipeline(talk));
    Answered(talk, streams.back(), DeleteOf(1, kKey),
             DeletedAnswer(1, false, 0));
  }
  for (const char* const rpc : {"List", "Import", "Pipeline"}) {
    IsRejected(talk, rpc);
  }
  GetIsAnswered(talk);
}

void Strangers(ServerTalk& talk) {
  constexpr int kCalls = 16;
  const std::string users =
      Line("alice", kAlice) + Line("carol", kCarol, "reader");
  StartTls(talk,
           {"--max_calls=1", "--max_watches=1",
            "--token_file=" + talk.File("tokens", users)},
           Token(kAlice));
  std::vector<std::unique_ptr<AnyCall>> calls;
  const auto open = [&](const std::string& rpc, const std::string& token) {
    if (!talk.going()) return;
    talk.Sent(absl::StrCat(kCalls, " calls of ", rpc, With(Token(token)),
                           ", and no message"));
    for (int i = 0; i < kCalls; ++i) {
      calls.push_back(std::make_unique<AnyCall>(
          talk.shared().channel, rpc, absl::InfiniteFuture(), Token(token)));
    }
  };
  talk.LookAt(
      "check who calls before you take a place for the call, and give back the "
      "place of a call that you reject");
  open("Pipeline", "wrong");
  open("Watch", "wrong");
  GetIsAnswered(talk);
  WatchIsAccepted(talk);
  talk.LookAt("the same is true for what a reader may not call");
  open("Pipeline", kCarol);
  open("Import", kCarol);
  GetIsAnswered(talk);
}

void BadMaxWatches(ServerTalk& talk) {
  talk.LookAt("a server that allows no watch has a wrong flag: say which");
  talk.DoesNotStart({"--max_watches=0"}, "max_watches");
}

}  // namespace

std::vector<ServerQuestion> PlaceQuestions() {
  return {
      {"max_watches", "a Watch beyond --max_watches: RESOURCE_EXHAUSTED", 11,
       MaxWatches},
      {"watch_place", "a cancelled Watch gives its place back", 11, WatchPlace},
      {"watches_apart", "watches take no place of --max_calls", 11,
       WatchesApart},
      {"calls_busy", "a call beyond --max_calls changes nothing: RetryInfo", 11,
       CallsBusy},
      {"streams_leave_room", "streams leave a quarter of --max_calls to a Get",
       11, StreamsLeaveRoom},
      {"strangers", "rejected callers take no place", 11, Strangers},
      {"bad_max_watches", "a limit of no watches: exit 1", 11, BadMaxWatches},
  };
}

}  // namespace judge
