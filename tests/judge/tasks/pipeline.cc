// Tasks of stage 06: additions to a client's pipeline.
#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

// A file with five Get operations, with the ids 1 to 5.
std::string FiveGets(ClientTalk& talk) {
  std::string lines;
  for (int id = 1; id <= 5; ++id) {
    absl::StrAppend(&lines, R"({"id": ")", id,
                    R"(", "getRequest": {"key": "city"}})", "\n");
  }
  return talk.File("operations.jsonl", lines);
}

void Waits(ClientTalk& talk) {
  talk.LookAt(
      "count the operations without an answer. While there are 2, the writing "
      "thread waits for the reading thread");
  talk.NeverAnswer();
  const std::string file = FiveGets(talk);
  talk.Failed(talk.Run({"--timeout=3s", "pipeline", "--in_flight=2", file}),
              StatusCode::DEADLINE_EXCEEDED);
  if (!talk.going()) return;
  const auto held = talk.TakeCalls();
  talk.Expect(held.size() == 1 && held[0].messages.size() == 2,
              "one call with 2 operations, while there is no answer",
              held.size() == 1
                  ? absl::StrCat(held[0].messages.size(), " operations")
                  : absl::StrCat(held.size(), " calls"));
  talk.LookAt("each answer allows one more operation");
  Answer answer;
  answer.each = [](const std::string& bytes) {
    const auto request = Parsed<kv::v1::PipelineRequest>(bytes);
    return FoundAnswer(request.id(), "city", "Berlin", 7).SerializeAsString();
  };
  talk.AnswerWith(answer);
  const Outcome outcome = talk.Run({"pipeline", "--in_flight=2", file});
  talk.OneCall("Pipeline", 5);
  talk.Succeeded(outcome, "");
  talk.Printed(outcome, {"1", "2", "3", "4", "5"});
}

void ExitCode(ClientTalk& talk) {
  const auto failure = [](std::uint64_t id, StatusCode code) {
    kv::v1::PipelineResponse response;
    response.set_id(id);
    response.set_code(code);
    response.set_message(absl::StrCat("as told of ", id));
    return response.SerializeAsString();
  };
  const std::string file = FiveGets(talk);
  const std::vector<std::string> words = {"pipeline", "--exit_code", file};
  const std::string first = WrittenAnswer(1, 41).SerializeAsString();
  talk.LookAt(
      "remember the first failure and go on. Print all answers, then its line "
      "on stderr, and exit with its code");
  talk.AnswerWith(Answer{grpc::Status::OK,
                         {first, failure(2, StatusCode::NOT_FOUND),
                          failure(3, StatusCode::FAILED_PRECONDITION),
                          WrittenAnswer(4, 42).SerializeAsString()}});
  talk.FailedAfter(talk.Run(words), StatusCode::NOT_FOUND, "as told of 2\n",
                   {"41", "as told of 2", "as told of 3", "42"});
  talk.LookAt("when no operation fails, the exit status is 0");
  talk.AnswerWith(Answer{grpc::Status::OK, {first}});
  talk.Succeeded(talk.Run(words), "41");
  talk.LookAt(
      "when the whole call fails, report the call's status instead of an "
      "operation's");
  talk.AnswerWith(Answer{{StatusCode::UNAVAILABLE, "gone"},
                         {failure(1, StatusCode::NOT_FOUND)}});
  talk.FailedAfter(talk.Run(words), StatusCode::UNAVAILABLE, "gone\n",
                   {"as told of 1"});
}

}  // namespace

std::vector<ClientQuestion> PipelineTasks() {
  return {
      {"in_flight", "pipeline --in_flight=2 waits for answers", 6, Waits},
      {"exit_code", "pipeline --exit_code returns the first failure", 6,
       ExitCode},
  };
}

}  // namespace judge
