// Tasks of stage 03: additions to a client's unary calls.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

Answer Gives(const google::protobuf::Message& message) {
  return {grpc::Status::OK, {message.SerializeAsString()}};
}

Answer Gives(StatusCode code, const std::string& message) {
  return {grpc::Status(code, message), {}};
}

// An answer that takes a second.
Answer Slow(Answer answer) {
  answer.each = [bytes = answer.messages.empty() ? "" : answer.messages[0]](
                    const std::string& /*request*/) {
    absl::SleepFor(absl::Seconds(1));
    return bytes;
  };
  answer.messages.clear();
  return answer;
}

// Expects that later calls have only the rest of the five seconds.
void ShareDeadline(ClientTalk& talk, const std::vector<Received>& calls) {
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const auto left = absl::Trunc(calls[i].time_left, absl::Seconds(1));
    talk.Expect(
        calls[i].time_left < absl::Seconds(4.5),
        absl::StrCat("call ", i + 1,
                     " with the rest of the first call's deadline"),
        absl::StrCat("a call that again has ", absl::FormatDuration(left)));
  }
}

kv::v1::PutRequest PutBerlin(const std::string& key, std::int64_t expected) {
  return PutRequestOf(key, "Berlin", expected);
}

void Rename(ClientTalk& talk) {
  const std::vector<std::string> words = {"rename", "town", "city"};
  const Answer found = Gives(Found("town", "Berlin", 7));
  talk.LookAt(
      "make three calls, each with its own context: Get the old key, Put the "
      "new one only if it is absent, Delete the old one");
  talk.AnswerInTurn({found, Gives(Written(8)), Gives(Deleted(true, 9))});
  const Outcome outcome = talk.Run(words);
  const auto calls = talk.Calls({"Get", "Put", "Delete"});
  if (!talk.going()) return;
  Carried(talk, calls[0], 0, GetRequestOf("town"));
  Carried(talk, calls[1], 0, PutBerlin("city", 0));
  Carried(talk, calls[2], 0, DeleteRequestOf("town"));
  talk.Succeeded(outcome, "9");
  talk.LookAt("stop after a call that failed, so that nothing is deleted");
  talk.AnswerInTurn({Gives(StatusCode::NOT_FOUND, "no such key")});
  talk.Failed(talk.Run(words), StatusCode::NOT_FOUND, "no such key\n");
  talk.Calls({"Get"});
  talk.AnswerInTurn(
      {found, Gives(StatusCode::FAILED_PRECONDITION, "is there")});
  talk.Failed(talk.Run(words), StatusCode::FAILED_PRECONDITION, "is there\n");
  talk.Calls({"Get", "Put"});
  talk.LookAt("compute the deadline once, and set it on all three contexts");
  talk.AnswerInTurn({Slow(found), Gives(Written(8)), Gives(Deleted(true, 9))});
  talk.Run({"--timeout=5s", "rename", "town", "city"});
  ShareDeadline(talk, talk.Calls({"Get", "Put", "Delete"}));
}

void Retry(ClientTalk& talk) {
  const Answer gone = Gives(StatusCode::UNAVAILABLE, "gone");
  const Answer found = Gives(Found("city", "Berlin", 7));
  const std::vector<std::string> get = {"--retries=2", "get", "city"};
  const std::vector<std::string> put = {"--retries=2", "put", "city", "Berlin"};
  talk.LookAt("repeating a Get is safe, because it changes nothing");
  talk.AnswerInTurn({gone, gone, found});
  talk.Succeeded(talk.Run(get), "Berlin");
  talk.Calls({"Get", "Get", "Get"});
  talk.LookAt(
      "--retries=2 allows three calls in all. Then report the last status");
  talk.AnswerInTurn({gone});
  talk.Failed(talk.Run(get), StatusCode::UNAVAILABLE, "gone\n");
  talk.Calls({"Get", "Get", "Get"});
  talk.LookAt(
      "repeat a call only after UNAVAILABLE: other errors will not go away");
  talk.AnswerInTurn({Gives(StatusCode::INTERNAL, "broken"), found});
  talk.Failed(talk.Run(get), StatusCode::INTERNAL, "broken\n");
  talk.Calls({"Get"});
  talk.LookAt(
      "UNAVAILABLE does not say whether the server has written. A second Put "
      "could overwrite what another client wrote in between");
  talk.AnswerInTurn({gone, Gives(Written(8))});
  talk.Failed(talk.Run(put), StatusCode::UNAVAILABLE, "gone\n");
  talk.Calls({"Put"});
  talk.LookAt(
      "with an expected revision a second Put is safe: it fails if the first "
      "one was done");
  talk.AnswerInTurn({gone, Gives(Written(8))});
  std::vector<std::string> conditional = put;
  conditional.emplace_back("--expected_revision=7");
  talk.Succeeded(talk.Run(conditional), "8");
  for (const Received& call : talk.Calls({"Put", "Put"})) {
    Carried(talk, call, 0, PutBerlin("city", 7));
  }
  talk.LookAt("the user's deadline covers all tries together");
  talk.AnswerInTurn({Slow(gone), found});
  talk.Run({"--timeout=5s", "--retries=2", "get", "city"});
  ShareDeadline(talk, talk.Calls({"Get", "Get"}));
}

}  // namespace

std::vector<ClientQuestion> CallTasks() {
  return {
      {"rename", "rename makes three calls with one deadline", 3, Rename},
      {"retry", "a failed call is repeated when that is safe", 3, Retry},
  };
}

}  // namespace judge
