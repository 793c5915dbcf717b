// Stage 03: a client whose call fails.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

void EveryStatus(ClientTalk& talk) {
  talk.LookAt(
      "return status.error_code() from main(), and print its name and "
      "message on stderr");
  for (int number = StatusCode::CANCELLED;
       number <= StatusCode::UNAUTHENTICATED && talk.going(); ++number) {
    const auto code = static_cast<StatusCode>(number);
    talk.AnswerWith(grpc::Status(code, absl::StrCat("answer ", number)));
    talk.Failed(talk.Run({"get", "city"}), code,
                absl::StrCat("answer ", number, "\n"));
    talk.OneCall("Get");
  }
}

void OneLine(ClientTalk& talk) {
  talk.LookAt(
      "a message is the server's to choose: a line break in it must "
      "not become a second line, nor a terminal's command");
  talk.AnswerWith(grpc::Status(StatusCode::NOT_FOUND, "first\nsecond\x1b[2J"));
  const Outcome outcome = talk.Run({"get", "city"});
  talk.Failed(outcome, StatusCode::NOT_FOUND, "first");
  talk.Expect(outcome.err.find('\x1b') == std::string::npos,
              "no control characters on stderr", Quoted(outcome.err));
}

void OnceOnly(ClientTalk& talk) {
  talk.LookAt(
      "a failed Put may have been done; only who called knows whether "
      "to try again");
  talk.AnswerWith(grpc::Status(StatusCode::UNAVAILABLE, "try later"));
  const Outcome outcome = talk.Run({"put", "city", "Bonn"});
  talk.OneCall("Put");
  talk.Failed(outcome, StatusCode::UNAVAILABLE, "try later\n");
}

void NoAnswer(ClientTalk& talk) {
  talk.LookAt("the deadline ends the call, no timer of your own");
  talk.NeverAnswer();
  const absl::Time before = absl::Now();
  const Outcome outcome = talk.Run({"--timeout=0.3s", "get", "city"});
  talk.Failed(outcome, StatusCode::DEADLINE_EXCEEDED);
  talk.Expect(absl::Now() - before >= absl::Milliseconds(300),
              "that it waits 300 ms", "that it ended before");
  talk.OneCall("Get");
}

void Nobody(ClientTalk& talk) {
  talk.LookAt("a server that is not there is a status like any other");
  talk.Failed(talk.RunAgainstNobody({"get", "city"}), StatusCode::UNAVAILABLE);
}

}  // namespace

std::vector<ClientQuestion> FailureQuestions() {
  return {
      {"every_status", "the status is the exit status, its name on stderr", 3,
       EveryStatus},
      {"one_line", "an error is one line whatever its message", 3, OneLine},
      {"once_only", "a call that failed is not made again", 3, OnceOnly},
      {"no_answer", "a server that never answers is DEADLINE_EXCEEDED", 3,
       NoAnswer},
      {"nobody", "a server that is not there is UNAVAILABLE", 3, Nobody},
  };
}

}  // namespace judge
