// Stage 10: a client that reads details and repeats what is safe.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "questions/all.h"
#include "talk/answers.h"

namespace judge {
namespace {

void PrintsDetails(ClientTalk& talk) {
  talk.LookAt(
      "print the details in the same line: the reason, and what belongs to it");
  google::rpc::ErrorInfo info;
  info.set_reason("REVISION_MISMATCH");
  info.set_domain("kv.v1");
  (*info.mutable_metadata())["current_revision"] = "4711";
  talk.AnswerWith(WithDetail(StatusCode::FAILED_PRECONDITION, "no", info));
  const Outcome outcome = talk.Run({"put", "city", "Bonn"});
  talk.Failed(outcome, StatusCode::FAILED_PRECONDITION, "no");
  for (const char* word : {"REVISION_MISMATCH", "4711"}) {
    talk.Expect(outcome.err.find(word) != std::string::npos,
                absl::StrCat("a line with ", word), Output(outcome.err));
  }
}

void AnyDetails(ClientTalk& talk) {
  talk.LookAt("details come from the server, and may be anything");
  talk.AnswerWith(
      grpc::Status(StatusCode::NOT_FOUND, "no", "\x01\xff\n\x1b[2J"));
  talk.Failed(talk.Run({"get", "city"}), StatusCode::NOT_FOUND, "no");
  google::rpc::ErrorInfo info;
  info.set_reason("first\nsecond\x1b[2J");
  talk.AnswerWith(WithDetail(StatusCode::NOT_FOUND, "no", info));
  const Outcome outcome = talk.Run({"get", "city"});
  talk.Failed(outcome, StatusCode::NOT_FOUND, "no");
  talk.Expect(outcome.err.find('\x1b') == std::string::npos,
              "no control characters on stderr", Quoted(outcome.err));
}

void Repeats(ClientTalk& talk) {
  talk.LookAt("a conditional Put can be repeated: it succeeds at most once");
  talk.AnswerInTurn({Fails(Lost()), Answers(Written(7))});
  const Outcome outcome = talk.Run(
      {kLong, "put", "city", "Bonn", "--expected_revision=3", "--retry"});
  talk.Succeeded(outcome, "7");
  const auto calls = talk.Calls({"Put", "Put"});
  for (const Received& call : calls) {
    Carried(talk, call, 0, PutRequestOf("city", "Bonn", 3));
  }
}

// Put after a lost answer: the condition fails, and a Get finds this value.
Outcome AfterALoss(ClientTalk& talk, const std::string& value) {
  talk.AnswerInTurn(
      {Fails(Lost()),
       Fails({StatusCode::FAILED_PRECONDITION, "at revision 7, not 3"}),
       Answers(Found("city", value, 7))});
  return talk.Run(
      {kLong, "put", "city", "Bonn", "--expected_revision=3", "--retry"});
}

void OwnWrite(ClientTalk& talk) {
  talk.LookAt(
      "after a lost answer FAILED_PRECONDITION may be due to your own write: "
      "get the entry, and compare its value");
  const Outcome outcome = AfterALoss(talk, "Bonn");
  const auto calls = talk.Calls({"Put", "Put", "Get"});
  if (!talk.going()) return;
  Carried(talk, calls[2], 0, GetRequestOf("city"));
  talk.Succeeded(outcome, "7");
}

void AnothersWrite(ClientTalk& talk) {
  talk.LookAt("another value was written by somebody else");
  const Outcome outcome = AfterALoss(talk, "Rome");
  talk.Calls({"Put", "Put", "Get"});
  talk.Failed(outcome, StatusCode::FAILED_PRECONDITION, "at revision 7, not 3");
  talk.LookAt("an entry that is absent is not the one that you wrote");
  const std::string absent = "absent, not at revision 3";
  talk.AnswerInTurn({Fails(Lost()),
                     Fails({StatusCode::FAILED_PRECONDITION, absent}),
                     Fails({StatusCode::NOT_FOUND, "no such key"})});
  talk.Failed(
      talk.Run({kLong, "put", "city", "", "--expected_revision=3", "--retry"}),
      StatusCode::FAILED_PRECONDITION, absent);
}

void Unsafe(ClientTalk& talk) {
  talk.LookAt(
      "without a condition the write may be done twice: say so, and don't "
      "repeat it");
  talk.AnswerWith(Lost());
  const Outcome outcome = talk.Run({kLong, "put", "city", "Bonn", "--retry"});
  talk.Calls({"Put"});
  talk.Failed(outcome, StatusCode::UNAVAILABLE, "lost");
  talk.Expect(outcome.err != "UNAVAILABLE: lost\n",
              "the message, and that the Put was not tried again",
              Output(outcome.err));
  const std::string file =
      talk.File("entries.jsonl", "{\"key\": \"a\", \"value\": \"Qm9ubg==\"}\n");
  // Afterwards a client may look whether the entries are there.
  talk.AnswerInTurn(
      {Fails(Lost()), Fails({StatusCode::PERMISSION_DENIED, ""})});
  const Outcome import = talk.Run({kLong, "import", file, "--retry"});
  const auto calls = talk.TakeCalls();
  const auto imports =
      std::count_if(calls.begin(), calls.end(), [](const Received& call) {
        return absl::EndsWith(call.method, "/Import");
      });
  talk.Expect(imports == 1, "one Import", absl::StrCat(imports));
  talk.Failed(import, StatusCode::UNAVAILABLE, "lost");
}

void AfterAPromise(ClientTalk& talk) {
  talk.LookAt(
      "RetryInfo says that nothing was changed: wait for its delay, then "
      "repeat any write");
  talk.AnswerInTurn({Fails(Promised(400)), Answers(Written(7))});
  talk.Succeeded(talk.Run({kLong, "put", "city", "Bonn", "--retry"}), "7");
  const auto puts = talk.Calls({"Put", "Put"});
  if (!talk.going()) return;
  talk.Expect(puts[1].at - puts[0].at >= absl::Milliseconds(400),
              "400 ms between the attempts", "less");
  const std::string file =
      talk.File("entries.jsonl", "{\"key\": \"a\", \"value\": \"Qm9ubg==\"}\n");
  kv::v1::ImportResponse imported;
  imported.set_imported_count(1);
  talk.AnswerInTurn({Fails(Promised(10)), Answers(imported)});
  talk.Succeeded(talk.Run({kLong, "import", file, "--retry"}), "1");
  for (const Received& call : talk.Calls({"Import", "Import"})) {
    talk.Expect(call.messages.size() == 1, "each attempt sends all entries",
                absl::StrCat(call.messages.size()));
  }
}

void OneDeadline(ClientTalk& talk) {
  talk.LookAt("--timeout is for all attempts together");
  talk.AnswerWith(Lost());
  const Outcome outcome = talk.Run({"--timeout=0.5s", "put", "city", "Bonn",
                                    "--expected_revision=3", "--retry"});
  talk.Expect(outcome.status == StatusCode::UNAVAILABLE ||
                  outcome.status == StatusCode::DEADLINE_EXCEEDED,
              "exit status 14 or 4", absl::StrCat(outcome.status));
  talk.Expect(talk.TakeCalls().size() > 1, "several attempts", "one, or none");
}

}  // namespace

std::vector<ClientQuestion> RetryQuestions() {
  return {
      {"prints_details", "an error's line has its details", 10, PrintsDetails},
      {"any_details", "an error is one line, whatever its details", 10,
       AnyDetails},
      {"repeats", "with --retry, a conditional Put is repeated", 10, Repeats},
      {"own_write", "after a lost answer, the client knows its own write", 10,
       OwnWrite},
      {"anothers_write", "another client's write is not taken for its own", 10,
       AnothersWrite},
      {"unsafe", "what may be done twice is not repeated", 10, Unsafe},
      {"promised", "after RetryInfo, --retry repeats any write", 10,
       AfterAPromise},
      {"one_deadline", "all attempts together end at --timeout", 10,
       OneDeadline},
  };
}

}  // namespace judge
