// Stage 03: a client whose call fails.
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

void EveryStatus(ClientTalk& talk) {
  talk.LookAt(
      "exit with the number of the status code, and print the code's name and "
      "the message on stderr",
      "return status.error_code() from main()");
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
      "the server chooses the message. Escape line breaks and terminal control "
      "characters in it");
  talk.AnswerWith(grpc::Status(StatusCode::NOT_FOUND, "first\nsecond\x1b[2J"));
  const Outcome outcome = talk.Run({"get", "city"});
  talk.Failed(outcome, StatusCode::NOT_FOUND, "first");
  talk.Expect(outcome.err.find('\x1b') == std::string::npos,
              "no control characters on stderr", Quoted(outcome.err));
}

void OnceOnly(ClientTalk& talk) {
  talk.LookAt(
      "the server may have done a Put that failed. Let the user decide whether "
      "to try again");
  talk.AnswerWith(grpc::Status(StatusCode::UNAVAILABLE, "try later"));
  const Outcome outcome = talk.Run({"put", "city", "Bonn"});
  talk.OneCall("Put");
  talk.Failed(outcome, StatusCode::UNAVAILABLE, "try later\n");
}

void NoAnswer(ClientTalk& talk) {
  talk.LookAt("let the call's deadline end the call, not a timer of your own");
  talk.NeverAnswer();
  const absl::Time before = absl::Now();
  const Outcome outcome = talk.Run({"--timeout=0.3s", "get", "city"});
  talk.Failed(outcome, StatusCode::DEADLINE_EXCEEDED);
  talk.Expect(absl::Now() - before >= absl::Milliseconds(300),
              "the client waits 300 ms", "it ended earlier");
  talk.OneCall("Get");
}

void Nobody(ClientTalk& talk) {
  talk.LookAt(
      "when no server is running the call fails with a status like any other");
  talk.Failed(talk.RunAgainstNobody({"get", "city"}), StatusCode::UNAVAILABLE);
}

void WaitForReady(ClientTalk& talk) {
  talk.LookAt(
      "with --wait_for_ready a call waits for a server until its deadline: "
      "set that in the call's context, too");
  talk.Failed(talk.RunAgainstNobody(
                  {"--wait_for_ready", "--timeout=0.3s", "get", "city"}),
              StatusCode::DEADLINE_EXCEEDED);
}

void FullOutput(ClientTalk& talk) {
  talk.LookAt(
      "text is written when the buffer is flushed. Flush it before you return, "
      "and check that it worked",
      "std::cout.flush()");
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome outcome = talk.RunIntoFull({"get", "city"});
  talk.Expect(outcome.status != 0, "an exit status other than 0",
              "exit status 0, though nobody has seen the value");
}

}  // namespace

std::vector<ClientQuestion> FailureQuestions() {
  return {
      {"every_status", "exit status is the code; stderr has its name", 3,
       EveryStatus},
      {"one_line", "an error is one line, whatever its message", 3, OneLine},
      {"once_only", "the client does not repeat a failed call", 3, OnceOnly},
      {"no_answer", "no answer until the deadline: DEADLINE_EXCEEDED", 3,
       NoAnswer},
      {"nobody", "no server: UNAVAILABLE", 3, Nobody},
      {"wait_for_ready", "with --wait_for_ready a call waits for a server", 3,
       WaitForReady},
      {"full_output", "a result that can't be written is an error", 3,
       FullOutput},
  };
}

}  // namespace judge
