// Stage 06: a client that sends a stream and reads one.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

// Sends every kind of operation, and prints every kind of answer.
void PipelineCall(ClientTalk& talk) {
  talk.LookAt("print every answer, and half-close after the last request");
  const std::vector<kv::v1::PipelineRequest> requests = {
      PutOf(7, "city", "Bonn", 0), GetOf(8, "town"), DeleteOf(9, "city")};
  kv::v1::PipelineResponse failure;
  failure.set_id(8);
  failure.set_code(StatusCode::NOT_FOUND);
  failure.set_message("no such key");
  std::string lines;
  for (const auto& request : requests) lines += Json(request);
  talk.AnswerWith(Answer{
      grpc::Status::OK,
      {WrittenAnswer(7, 41).SerializeAsString(), failure.SerializeAsString(),
       DeletedAnswer(9, true, 42).SerializeAsString()}});
  const Outcome outcome = talk.Run(
      {"--timeout=300s", "pipeline", talk.File("operations.jsonl", lines)});
  const Received call = talk.OneCall("Pipeline", requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Carried(talk, call, i, requests[i]);
  }
  talk.LookAt(
      "a failed operation is an answer like any other: print it. The exit "
      "status is the status of the call");
  talk.Succeeded(outcome, "41");
  talk.Printed(outcome, {"7", "41", "8", "no such key", "9", "42"});
  talk.LookAt("the call's status counts, even after answers");
  talk.AnswerWith(Answer{grpc::Status(StatusCode::UNAVAILABLE, "gone"),
                         {WrittenAnswer(7, 41).SerializeAsString()}});
  talk.FailedAfter(talk.Run({"pipeline"}, talk.File("operations.jsonl", lines)),
                   StatusCode::UNAVAILABLE, "gone\n", {"41"});
}

// This server does not read the next request before its last answer was sent.
// That is correct, and works when the client reads while it writes.
void PipelineFlow(ClientTalk& talk) {
  constexpr int kOperations = 40;
  talk.LookAt(
      "a client that writes everything before it reads deadlocks with a server "
      "that stops reading while its answers wait. Read on one thread and write "
      "on another");
  std::string lines;
  for (int i = 1; i <= kOperations; ++i) {
    lines += Json(
        PutOf(static_cast<std::uint64_t>(i), "key", std::string(1 << 16, 'x')));
  }
  Answer answer;
  answer.each = [](const std::string& bytes) {
    const auto request = Parsed<kv::v1::PipelineRequest>(bytes);
    return FoundAnswer(request.id(), "key", std::string(1 << 18, 'x'), 7)
        .SerializeAsString();
  };
  talk.AnswerWith(answer);
  const Outcome outcome =
      talk.Run({"--timeout=300s", "pipeline", talk.File("large.jsonl", lines)});
  talk.OneCall("Pipeline", kOperations);
  talk.Succeeded(outcome, "");
  const auto printed = std::count(outcome.out.begin(), outcome.out.end(), '\n');
  talk.Expect(printed >= kOperations,
              absl::StrCat(kOperations, " answers on stdout"),
              absl::StrCat(printed, " lines"));
}

void PipelineBadLine(ClientTalk& talk) {
  talk.LookAt(
      "when a line is not an operation, send nothing more: half-close, so that "
      "the server answers what you have sent, and exit with 1");
  talk.AnswerWith(
      Answer{grpc::Status::OK, {WrittenAnswer(7, 41).SerializeAsString()}});
  const std::string bad = Json(PutOf(7, "city", "Bonn")) +
                          "{\"colour\": \"\"}\n" + Json(GetOf(8, "city"));
  const Outcome outcome =
      talk.Run({kLong, "pipeline", talk.File("bad.jsonl", bad)});
  for (const Received& call : talk.TakeCalls()) {
    talk.Expect(call.messages.size() <= 1, "no operation after the bad line",
                absl::StrCat(call.messages.size(), " operations"));
  }
  talk.Complained(outcome, "2");
}

void PipelineIntoFull(ClientTalk& talk) {
  talk.LookAt(
      "when an answer can't be written, cancel the call: nobody can read the "
      "other answers",
      "std::cout is false after a flush that failed");
  Answer answer;
  answer.messages = {WrittenAnswer(7, 41).SerializeAsString()};
  answer.never = true;
  talk.AnswerWith(answer);
  const Outcome outcome = talk.RunIntoFull(
      {kLong, "pipeline", talk.File("one.jsonl", Json(GetOf(7, "city")))});
  talk.Expect(outcome.status != 0, "an exit status other than 0",
              "exit status 0");
  talk.Release();
}

}  // namespace

std::vector<ClientQuestion> PipelineClientQuestions() {
  return {
      {"pipeline", "pipeline prints every answer, failures too", 6,
       PipelineCall},
      {"pipeline_flow", "pipeline reads while it writes", 6, PipelineFlow},
      {"pipeline_bad_line", "a bad line ends the operations: exit 1", 6,
       PipelineBadLine},
      {"pipeline_full", "output that can't be written ends the pipeline", 6,
       PipelineIntoFull},
  };
}

}  // namespace judge
