// Tasks of stage 10: time that is left, and a number that several clients
// count.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void MinTime(ServerTalk& talk) {
  talk.StartOwn({"--min_time=100s"});
  const std::string key = talk.Key();
  talk.LookAt("a call without a deadline has time enough");
  const ServerTalk::Server& server = talk.shared();
  if (!talk.going()) return;
  const auto get = [&](absl::Duration time) {
    talk.Sent(absl::StrCat("Get with ", absl::FormatDuration(time), " left"));
    grpc::ClientContext context;
    if (time < absl::InfiniteDuration()) {
      context.set_deadline(absl::ToChronoTime(absl::Now() + time));
    }
    kv::v1::GetResponse response;
    return talk.Explain(
        server.stub->Get(&context, GetRequestOf(key), &response));
  };
  const auto is = [&](const grpc::Status& status, StatusCode code) {
    talk.Expect(status.error_code() == code, CodeName(code),
                status.ok() ? "OK" : Describe(status));
  };
  is(get(absl::InfiniteDuration()), StatusCode::NOT_FOUND);
  is(get(absl::Seconds(300)), StatusCode::NOT_FOUND);
  talk.LookAt("reject a call that has less time left, before it does anything");
  is(get(absl::Seconds(50)), StatusCode::DEADLINE_EXCEEDED);
}

void Increment(ClientTalk& talk) {
  const auto gives = [](const google::protobuf::Message& message) {
    return Answer{grpc::Status::OK, {message.SerializeAsString()}};
  };
  const Answer changed = {{StatusCode::FAILED_PRECONDITION, "changed"}, {}};
  talk.LookAt("get the number, then put the next one if nobody changed it");
  talk.AnswerInTurn({gives(Found("n", "5", 3)), changed,
                     gives(Found("n", "6", 4)), gives(Written(5))});
  const Outcome outcome = talk.Run({kLong, "increment", "n"});
  const auto calls = talk.Calls({"Get", "Put", "Get", "Put"});
  if (!talk.going()) return;
  Carried(talk, calls[1], 0, PutRequestOf("n", "6", 3));
  Carried(talk, calls[3], 0, PutRequestOf("n", "7", 4));
  talk.Succeeded(outcome, "7");
  talk.LookAt("an absent key counts as 0, and must still be absent at the Put");
  talk.AnswerInTurn(
      {{{StatusCode::NOT_FOUND, "absent"}, {}}, gives(Written(1))});
  const Outcome first = talk.Run({kLong, "increment", "n"});
  const auto two = talk.Calls({"Get", "Put"});
  if (!talk.going()) return;
  Carried(talk, two[1], 0, PutRequestOf("n", "1", 0));
  talk.Succeeded(first, "1");
}

}  // namespace

std::vector<ServerQuestion> TimeTasks() {
  return {
      {"min_time", "a call that has too little time is rejected", 10, MinTime}};
}

std::vector<ClientQuestion> CountTasks() {
  return {{"increment", "the client counts, also if others do", 10, Increment}};
}

}  // namespace judge
