// Stage 15: a client that repeats what reads, and goes on where it was.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/answers.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

// A Watch that begins after a revision of the store abc, and breaks after some
// changes.
Answer Broken(std::int64_t begin,
              const std::vector<kv::v1::WatchResponse>& changes,
              const grpc::Status& end = Lost()) {
  Answer answer = Fails(end);
  answer.metadata = {{kRevisionKey, absl::StrCat(begin)}, {kNameKey, "abc"}};
  for (const auto& change : changes) {
    answer.messages.push_back(change.SerializeAsString());
  }
  return answer;
}

grpc::Status ListAgain() { return {StatusCode::OUT_OF_RANGE, "list again"}; }

// Expects that a Watch goes on after a revision, in the store abc.
void Continues(ClientTalk& talk, const Received& call,
               const std::string& prefix, std::int64_t after) {
  Carried(talk, call, 0, WatchRequestOf(prefix, after));
  const auto name = call.metadata.find(kNameKey);
  talk.Expect(name != call.metadata.end() && name->second == "abc",
              "the metadata kv-store: abc",
              name == call.metadata.end() ? "none" : name->second);
}

void GoesOn(ClientTalk& talk) {
  talk.LookAt(
      "when a watch breaks, call Watch again: after the last change that you "
      "printed, and with the kv-store of the first headers as metadata");
  talk.AnswerInTurn({Broken(6, {PutChange("city/a", "Berlin", 7),
                                PutChange("city/b", "Bonn", 8)}),
                     Broken(8, {DeleteChange("city/c", 9)}, ListAgain())});
  const Outcome outcome =
      talk.Run({kLong, "watch", "city/", "--after_revision=6"});
  const auto calls = talk.Calls({"Watch", "Watch"});
  if (!talk.going()) return;
  Carried(talk, calls[0], 0, WatchRequestOf("city/", 6));
  Continues(talk, calls[1], "city/", 8);
  talk.LookAt("an error that repeating can't change ends the watch");
  talk.FailedAtLast(outcome, StatusCode::OUT_OF_RANGE, "list again\n",
                    {"city/a", "city/b", "city/c"});
}

void FromHeaders(ClientTalk& talk) {
  talk.LookAt(
      "a watch that breaks before its first change goes on after the "
      "kv-revision of its headers: otherwise it loses what happens meanwhile. "
      "Without headers it has not begun, so repeat the same request");
  talk.AnswerInTurn(
      {Fails(Lost()), Broken(6, {}),
       Broken(6, {PutChange("city/a", "Berlin", 7)}, ListAgain())});
  const Outcome outcome = talk.Run({kLong, "watch"});
  const auto calls = talk.Calls({"Watch", "Watch", "Watch"});
  if (!talk.going()) return;
  for (const int number : {0, 1}) {
    Carried(talk, calls[number], 0, kv::v1::WatchRequest());
  }
  Continues(talk, calls[2], "", 6);
  talk.FailedAtLast(outcome, StatusCode::OUT_OF_RANGE, "list again\n",
                    {"city/a"});
}

Answer SomeOf(const std::vector<kv::v1::Entry>& entries,
              const grpc::Status& end) {
  Answer answer = Fails(end);
  for (const kv::v1::Entry& entry : entries) {
    kv::v1::ListResponse response;
    *response.add_entries() = entry;
    answer.messages.push_back(response.SerializeAsString());
  }
  return answer;
}

void ListsAgain(ClientTalk& talk) {
  talk.LookAt(
      "a list shows one moment, so a second one does not continue the first: "
      "print a list when all of it is there, and nothing of a broken one");
  talk.AnswerInTurn(
      {SomeOf({EntryOf("city/a", "Berlin", 7)}, Lost()),
       SomeOf({EntryOf("city/b", "Bonn", 8), EntryOf("city/c", "Mainz", 9)},
              grpc::Status::OK)});
  const Outcome outcome = talk.Run({kLong, "list", "city/"});
  for (const Received& call : talk.Calls({"List", "List"})) {
    Carried(talk, call, 0, ListRequestOf("city/"));
  }
  talk.Succeeded(outcome, "city/b");
  talk.Succeeded(outcome, "city/c");
  talk.Expect(!absl::StrContains(outcome.out, "city/a"),
              "nothing of the list that broke", Output(outcome.out));
  const grpc::Status end(StatusCode::PERMISSION_DENIED, "no more");
  talk.AnswerWith(SomeOf({EntryOf("city/a", "Berlin", 7)}, end));
  talk.Failed(talk.Run({kLong, "list", "city/"}), StatusCode::PERMISSION_DENIED,
              "no more\n");
}

void GetsAgain(ClientTalk& talk) {
  talk.LookAt(
      "a Get changes nothing, so repeat it after each error that may be gone "
      "the next time. Proxies answer with some of these when a server dies");
  for (const auto code :
       {StatusCode::UNAVAILABLE, StatusCode::DEADLINE_EXCEEDED,
        StatusCode::RESOURCE_EXHAUSTED, StatusCode::CANCELLED,
        StatusCode::UNKNOWN, StatusCode::INTERNAL}) {
    talk.AnswerInTurn(
        {Fails({code, "not now"}), Answers(Found("city", "Berlin", 7))});
    const Outcome outcome = talk.Run({kLong, "get", "city"});
    talk.Succeeded(outcome, "Berlin");
    for (const Received& call : talk.Calls({"Get", "Get"})) {
      Carried(talk, call, 0, GetRequestOf("city"));
    }
  }
  talk.LookAt("also after any error with RetryInfo");
  talk.AnswerInTurn({Fails(Promised(10)), Answers(Found("city", "Berlin", 7))});
  talk.Succeeded(talk.Run({kLong, "get", "city"}), "Berlin");
  talk.Calls({"Get", "Get"});
}

void NotRepeated(ClientTalk& talk) {
  talk.LookAt("no second call makes a key exist: report the error");
  talk.AnswerInTurn({Fails({StatusCode::NOT_FOUND, "no such key"}),
                     Answers(Found("city", "Berlin", 7))});
  const Outcome get = talk.Run({kLong, "get", "city"});
  talk.Calls({"Get"});
  talk.Failed(get, StatusCode::NOT_FOUND, "no such key\n");
  talk.LookAt(
      "a watch whose revision belongs to another store can't go on: report the "
      "error");
  talk.AnswerInTurn({Fails({StatusCode::FAILED_PRECONDITION, "another store"}),
                     Fails(ListAgain())});
  const Outcome watch = talk.Run({kLong, "watch", "--after_revision=6"});
  talk.Calls({"Watch"});
  talk.Failed(watch, StatusCode::FAILED_PRECONDITION, "another store\n");
  talk.LookAt("a watch whose output can't be written is of no use to anybody");
  Answer answer = Broken(6, {PutChange("city/a", "Berlin", 7)});
  answer.never = true;
  talk.AnswerWith(answer);
  const Outcome full = talk.RunIntoFull({kLong, "watch"});
  talk.Expect(full.status != 0, "an exit status other than 0", "exit status 0");
  talk.Release();
  talk.Calls({"Watch"});
}

}  // namespace

std::vector<ClientQuestion> RepeatQuestions() {
  return {
      {"goes_on", "a watch that breaks goes on after its last change", 15,
       GoesOn},
      {"from_headers", "without a change it goes on after its headers", 15,
       FromHeaders},
      {"list_again", "a list that breaks begins again", 15, ListsAgain},
      {"get_again", "a Get is repeated after any passing error", 15, GetsAgain},
      {"final", "errors that stay are not repeated", 15, NotRepeated},
  };
}

}  // namespace judge
