// Stage 03: what a client sends, and what it prints of the answer.
#include "absl/strings/str_cat.h"
#include "ask/text.h"
#include "questions/all.h"

namespace judge {
namespace {

void GetCall(ClientTalk& talk) {
  talk.LookAt(
      "one call: stub->Get(&context, request, &response), and print "
      "the value");
  talk.AnswerWith(Found("city", "Berlin", 7));
  const Outcome outcome = talk.Run({"get", "city"});
  Carried(talk, talk.OneCall("Get"), 0, GetRequestOf("city"));
  talk.Succeeded(outcome, "Berlin");
}

void PutCall(ClientTalk& talk) {
  talk.LookAt("key and value are sent byte for byte as they were typed");
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
      "without --expected_revision the field stays unset: a condition "
      "nobody asked for refuses writes");
  talk.Run({"put", "city", "Bonn"});
  Carried(talk, talk.OneCall("Put"), 0, expected);
  talk.LookAt("a flag that was given is a condition, also when it is 0");
  for (const int revision : {0, 7}) {
    expected.set_expected_revision(revision);
    talk.Run({"put", "city", "Bonn",
              absl::StrCat("--expected_revision=", revision)});
    Carried(talk, talk.OneCall("Put"), 0, expected);
  }
}

void DeleteCall(ClientTalk& talk) {
  talk.LookAt(
      "one call: stub->Delete(&context, request, &response), and print "
      "what came");
  talk.AnswerWith(Deleted(true, 9));
  const Outcome there = talk.Run({"delete", "city"});
  Carried(talk, talk.OneCall("Delete"), 0, DeleteRequestOf("city"));
  talk.Succeeded(there, "9");
  talk.LookAt("deleting what is not there is no error; say which it was");
  talk.AnswerWith(Deleted(false, 9));
  const Outcome absent = talk.Run({"delete", "city"});
  talk.Succeeded(absent, "9");
  talk.Expect(absent.out != there.out, "another output than when it was there",
              Quoted(absent.out));
}

// What a deadline may be later when it arrives: gRPC sends three digits of the
// time that is left and rounds up, 3000.001 s to 3010 s.
constexpr double kRounding = 1.01;

void Deadline(ClientTalk& talk) {
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "context.set_deadline(), also without --timeout: gRPC's default "
      "is to wait for ever");
  talk.Run({"get", "city"});
  const Received plain = talk.OneCall("Get");
  talk.Expect(plain.time_left < absl::Hours(24), "a call with a deadline",
              "a call without one");
  talk.LookAt("the deadline is now and --timeout");
  talk.Run({"--timeout=3s", "get", "city"});
  const Received soon = talk.OneCall("Get");
  talk.Expect(soon.time_left <= absl::Seconds(3) * kRounding,
              "a deadline within 3 s", "one further away");
  talk.Run({"--timeout=3000s", "get", "city"});
  const Received late = talk.OneCall("Get");
  talk.Expect(late.time_left <= absl::Seconds(3000) * kRounding,
              "a deadline within 3000 s", "one further away");
  talk.Expect(late.time_left > absl::Seconds(2000),
              "a deadline in about 3000 s", "one much sooner");
}

void NoMetadata(ClientTalk& talk) {
  talk.LookAt(
      "context.AddMetadata() and credentials come in a later stage; "
      "gRPC itself sends only user-agent and grpc-...");
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.Run({"get", "city"});
  NoMetadataBut(talk, talk.OneCall("Get"));
}

}  // namespace

std::vector<ClientQuestion> CallQuestions() {
  return {
      {"get", "get is one call to Get; the value is printed", 3, GetCall},
      {"put", "put sends key and value as typed", 3, PutCall},
      {"expected_revision", "unset, 0 and 7 are three things", 3, PutExpected},
      {"delete", "delete is one call to Delete", 3, DeleteCall},
      {"deadline", "every call has a deadline, --timeout from now", 3,
       Deadline},
      {"no_metadata", "no metadata that nobody asked for", 3, NoMetadata},
  };
}

}  // namespace judge
