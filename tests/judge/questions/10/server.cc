// Stage 10: errors with details, and a second hop.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/detail_talk.h"
#include "talk/recorder.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void HasReason(ServerTalk& talk, const grpc::Status& status, StatusCode code,
               const std::string& reason, const std::string& name,
               std::int64_t value) {
  talk.Expect(status.error_code() == code, CodeName(code),
              status.ok() ? "OK" : Describe(status));
  const auto info = DetailOf<google::rpc::ErrorInfo>(talk, status);
  talk.Expect(info.reason() == reason && info.domain() == "kv.v1",
              absl::StrCat(reason, " of kv.v1"),
              absl::StrCat(info.reason(), " of ", info.domain()));
  const auto found = info.metadata().find(name);
  const bool same =
      found != info.metadata().end() && found->second == absl::StrCat(value);
  talk.Expect(same, absl::StrCat("metadata ", name, ": ", value),
              found == info.metadata().end()
                  ? "none with that name"
                  : absl::StrCat(name, ": ", found->second));
}

void EachViolation(ServerTalk& talk) {
  talk.LookAt(
      "check all fields before you answer: a BadRequest lists each one that is "
      "wrong");
  const auto reply = talk.Put("", std::string(kMaxValueBytes + 1, 'x'));
  reply.Fails(StatusCode::INVALID_ARGUMENT, "key");
  if (!talk.going()) return;
  const auto bad = DetailOf<google::rpc::BadRequest>(talk, reply.status());
  std::string fields;
  for (const auto& violation : bad.field_violations()) {
    absl::StrAppend(&fields, fields.empty() ? "" : ", ", violation.field());
  }
  talk.Expect(fields == "key, value", "violations of key, value",
              fields.empty() ? "none" : fields);
}

void Reasons(ServerTalk& talk) {
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.LookAt("kv.proto lists the reasons and what belongs to each");
  HasReason(talk, talk.Get(key).status(), StatusCode::NOT_FOUND,
            "KEY_NOT_FOUND", "revision", revision);
  talk.Put(key, "1").Is(Written(revision + 1));
  HasReason(talk, talk.Put(key, "2", 0).status(),
            StatusCode::FAILED_PRECONDITION, "REVISION_MISMATCH",
            "current_revision", revision + 1);
  const auto watch = OpenWatch(talk, "", revision + 100);
  if (!talk.going()) return;
  const auto end = watch->End();
  HasReason(talk, end.value_or(grpc::Status::OK), StatusCode::OUT_OF_RANGE,
            "REVISION_AHEAD", "watch_after", revision + 1);
}

// Starts the server as a second hop in front of the judge's own.
void StartHop(ServerTalk& talk, const Recorder& upstream,
              const Metadata& metadata = {}) {
  talk.Hide(upstream.address(), "UPSTREAM");
  Caller caller;
  caller.metadata = metadata;
  talk.StartOwn({absl::StrCat("--upstream=", upstream.address())}, caller);
}

void HopAnswers(ServerTalk& talk) {
  Recorder upstream(grpc::InsecureServerCredentials());
  StartHop(talk, upstream, {{"token", "the-callers"}});
  talk.LookAt("with --upstream, a Get is answered from that server");
  upstream.AnswerWith(
      {grpc::Status::OK, {Found("a", "1", 7).SerializeAsString()}});
  talk.Get("a").Is(Found("a", "1", 7));
  if (!talk.going()) return;
  for (const Received& call : upstream.Take(Patience())) {
    talk.Expect(call.metadata.count("token") == 0,
                "no token of the caller at the upstream server", "it is there");
  }
  talk.LookAt("an error of the upstream is the caller's, with its details");
  upstream.AnswerWith({{StatusCode::NOT_FOUND, "as told", "details"}, {}});
  const auto reply = talk.Get("b");
  reply.Fails(StatusCode::NOT_FOUND, "as told");
  talk.Expect(reply.status().error_details() == "details",
              "the upstream's details", "others, or none");
  talk.LookAt("a hop answers reads only");
  talk.Put("a", "2").Fails(StatusCode::UNIMPLEMENTED);
}

void HopWatches(ServerTalk& talk) {
  Recorder upstream(grpc::InsecureServerCredentials());
  StartHop(talk, upstream);
  Answer quiet;
  quiet.never = true;
  quiet.metadata = {{kRevisionKey, "7"}};
  upstream.AnswerWith(quiet);
  talk.LookAt("send the metadata on immediately: a change may be hours away");
  const auto first = OpenWatch(talk, "a");
  Stands(talk, first, 7);
  if (!talk.going()) return;
  first->Cancel();
  upstream.AnswerWith({{StatusCode::OUT_OF_RANGE, "no metadata"}, {}});
  talk.LookAt("a Watch that the upstream rejects has no such metadata");
  const auto rejected = OpenWatch(talk, "a");
  Ends(talk, rejected, StatusCode::OUT_OF_RANGE);
  if (!talk.going()) return;
  talk.Expect(!rejected->Header(kRevisionKey).has_value(), "no kv-revision",
              "kv-revision");
  upstream.AnswerWith({{StatusCode::OUT_OF_RANGE, "as told"},
                       {PutChange("a", "1", 8).SerializeAsString()},
                       {{kRevisionKey, "7"}}});
  talk.LookAt(
      "metadata is not passed on by itself: copy kv-revision from the "
      "upstream");
  const auto watch = OpenWatch(talk, "a");
  Stands(talk, watch, 7);
  Next(talk, watch, PutChange("a", "1", 8));
  Ends(talk, watch, StatusCode::OUT_OF_RANGE);
}

void HopEnds(ServerTalk& talk) {
  Recorder upstream(grpc::InsecureServerCredentials());
  StartHop(talk, upstream);
  Answer never;
  never.never = true;
  upstream.AnswerWith(never);
  talk.LookAt(
      "the call to the upstream needs the caller's deadline, and ends when the "
      "caller cancels");
  const std::shared_ptr<grpc::Channel> channel = talk.shared().channel;
  if (!talk.going()) return;
  talk.Sent("Watch through the hop, which the client cancels");
  WatchStream watch(channel, "Watch", absl::Now() + absl::Seconds(300));
  watch.Write(WatchRequestOf("a"));
  watch.HalfClose();
  upstream.WaitForCall(Patience());
  watch.Cancel();
  const std::vector<Received> calls = upstream.Take(Patience());
  talk.Expect(calls.size() == 1, "one call at the upstream, which is over",
              calls.empty() ? "it still runs" : "others");
  if (!talk.going()) return;
  talk.Expect(calls[0].time_left < absl::Seconds(301),
              "a deadline of at most 300 s at the upstream",
              "a later one, or none");
}

}  // namespace

std::vector<ServerQuestion> DetailQuestions() {
  return {
      {"violations", "INVALID_ARGUMENT lists every field that is wrong", 10,
       EachViolation},
      {"reasons", "errors have a reason, and a revision to go on from", 10,
       Reasons},
      {"hop", "with --upstream, another server answers reads", 10, HopAnswers},
      {"hop_watch", "a Watch through a hop is the upstream's", 10, HopWatches},
      {"hop_ends", "deadline and cancellation reach the upstream", 10, HopEnds},
  };
}

}  // namespace judge
