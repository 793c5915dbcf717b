// Stage 03: what a client sends, and what it prints.
#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

void GetCall(ClientTalk& talk) {
  talk.LookAt("make one call of Get, and print the value",
              "stub->Get(&context, request, &response)");
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome outcome = talk.Run({"get", "city"});
  Carried(talk, talk.OneCall("Get"), 0, GetRequestOf("city"));
  talk.Succeeded(outcome, "Berlin");
}

void PutCall(ClientTalk& talk) {
  talk.LookAt("send key and value byte for byte as they were typed");
  talk.AnswerWith(Written(8));
  auto expected = PutRequestOf("caf\u00e9 1", "a \"b\" \u00fc");
  const Outcome outcome = talk.Run({"put", expected.key(), expected.value()});
  Carried(talk, talk.OneCall("Put"), 0, expected);
  talk.Succeeded(outcome, "8");
}

void PutExpected(ClientTalk& talk) {
  talk.AnswerWith(Written(8));
  auto expected = PutRequestOf("city", "Bonn");
  talk.LookAt(
      "without --expected_revision leave the field unset: a condition that the "
      "user did not ask for makes writes fail");
  talk.Run({"put", "city", "Bonn"});
  Carried(talk, talk.OneCall("Put"), 0, expected);
  talk.LookAt("when the flag is given, set the field, even to 0");
  for (const int revision : {0, 7}) {
    expected.set_expected_revision(revision);
    talk.Run({"put", "city", "Bonn",
              absl::StrCat("--expected_revision=", revision)});
    Carried(talk, talk.OneCall("Put"), 0, expected);
  }
}

void DeleteCall(ClientTalk& talk) {
  talk.LookAt("make one call of Delete, and print the result",
              "stub->Delete(&context, request, &response)");
  talk.AnswerWith(Deleted(true, 9));
  const Outcome there = talk.Run({"delete", "city"});
  Carried(talk, talk.OneCall("Delete"), 0, DeleteRequestOf("city"));
  talk.Succeeded(there, "9");
  talk.LookAt(
      "deleting an absent key is not an error. Print whether the key was "
      "there");
  talk.AnswerWith(Deleted(false, 9));
  const Outcome absent = talk.Run({"delete", "city"});
  talk.Succeeded(absent, "9");
  talk.Expect(absent.out != there.out,
              "different output than for a key that was there",
              Quoted(absent.out));
}

// gRPC sends the remaining time with three digits and rounds up, for example
// 3000.001 s to 3010 s.
constexpr double kRounding = 1.01;

void Deadline(ClientTalk& talk) {
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "set a deadline even without --timeout, because gRPC waits forever by "
      "default",
      "context.set_deadline()");
  talk.Run({"get", "city"});
  const Received plain = talk.OneCall("Get");
  talk.Expect(plain.time_left < absl::Hours(24), "a call with a deadline",
              "a call without one");
  talk.LookAt("the deadline is the current time plus --timeout");
  talk.Run({"--timeout=3s", "get", "city"});
  const Received soon = talk.OneCall("Get");
  talk.Expect(soon.time_left <= absl::Seconds(3) * kRounding,
              "a deadline within 3 s", "a later deadline");
  talk.Run({"--timeout=3000s", "get", "city"});
  const Received late = talk.OneCall("Get");
  talk.Expect(late.time_left <= absl::Seconds(3000) * kRounding,
              "a deadline within 3000 s", "a later deadline");
  talk.Expect(late.time_left > absl::Seconds(2000),
              "a deadline in about 3000 s", "a much earlier one");
}

void NoMetadata(ClientTalk& talk) {
  talk.LookAt(
      "send no metadata yet: it comes in a later stage. gRPC itself sends "
      "user-agent and grpc-...");
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.Run({"get", "city"});
  NoMetadataBut(talk, talk.OneCall("Get"));
}

}  // namespace

std::vector<ClientQuestion> CallQuestions() {
  return {
      {"get", "get makes one call to Get and prints the value", 3, GetCall},
      {"put", "put sends the key and the value as typed", 3, PutCall},
      {"expected_revision", "expected_revision may be unset, 0 or 7", 3,
       PutExpected},
      {"delete", "delete makes one call to Delete", 3, DeleteCall},
      {"deadline", "every call has a deadline: now plus --timeout", 3,
       Deadline},
      {"no_metadata", "the client adds no metadata", 3, NoMetadata},
  };
}

}  // namespace judge
