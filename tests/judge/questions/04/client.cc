// Stage 04: a client that reads a stream.
#include <csignal>

#include "absl/strings/match.h"
#include "questions/all.h"
#include "talk/evidence.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

std::string Listed(const std::string& key, const std::string& value,
                   std::int64_t revision) {
  kv::v1::ListResponse response;
  *response.add_entries() = EntryOf(key, value, revision);
  return response.SerializeAsString();
}

void ListCall(ClientTalk& talk) {
  talk.AnswerWith(
      Answer{grpc::Status::OK,
             {Listed("city/a", "Berlin", 7), Listed("city/b", "Bonn", 3),
              Listed("city/c", "Mainz", 5)}});
  const Outcome outcome = talk.Run({kLong, "list", "city/", "--limit=3"});
  talk.LookAt(
      "copy the arguments into the request's fields, and --timeout into the "
      "call's deadline");
  const Received call = talk.OneCall("List");
  Carried(talk, call, 0, ListRequestOf("city/", 3));
  HasLongDeadline(talk, call);
  talk.LookAt("print every entry of every response, until the stream ends",
              "while (reader->Read(&response))");
  talk.Succeeded(outcome, "city/a");
  talk.Printed(outcome,
               {"city/a", "Berlin", "city/b", "Bonn", "city/c", "Mainz"});
  talk.LookAt(
      "without a prefix and a limit leave both fields unset: the server lists "
      "everything");
  talk.Run({"list"});
  Carried(talk, talk.OneCall("List"), 0, kv::v1::ListRequest());
  talk.LookAt("an empty list is not an error");
  talk.AnswerWith(Answer{grpc::Status::OK, {}});
  talk.Succeeded(talk.Run({"list", "town/"}), "");
}

void ListBroken(ClientTalk& talk) {
  talk.LookAt(
      "a stream also ends after an error. Ask for its status: otherwise a "
      "partial list looks complete",
      "Read() returns false in both cases, and Finish() returns the status");
  talk.AnswerWith(
      Answer{grpc::Status(StatusCode::UNAVAILABLE, "gone"),
             {Listed("city/a", "Berlin", 7), Listed("city/b", "Bonn", 3)}});
  talk.FailedAfter(talk.Run({"list"}), StatusCode::UNAVAILABLE, "gone\n",
                   {"city/a", "city/b"});
}

// Answers with a Watch that sends its initial metadata and two changes, and
// then stays open.
void AnswerWithChanges(ClientTalk& talk, const grpc::Status& end) {
  Answer answer;
  answer.status = end;
  answer.metadata = {{kRevisionKey, "6"}};
  answer.messages = {PutChange("city/a", "Berlin", 7).SerializeAsString(),
                     DeleteChange("city/b", 8).SerializeAsString()};
  answer.never = true;
  talk.AnswerWith(answer);
}

// Starts a watch and waits until it has printed both changes.
std::unique_ptr<Process> Watching(ClientTalk& talk,
                                  const std::vector<std::string>& words) {
  auto process = talk.Launch(words);
  if (process == nullptr) return nullptr;
  const bool printed = process->WaitForOutput("city/b", Patience());
  const std::string got = process->out().empty() ? "nothing" : process->out();
  if (!printed) {
    talk.Expect(false, "city/b on stdout, while the call still runs",
                got == "nothing" ? got : Output(got),
                EvidenceOf(talk, *process));
  }
  return process;
}

void WatchCall(ClientTalk& talk) {
  talk.LookAt(
      "flush stdout after each change: here stdout is not a terminal, so the "
      "output stays in a buffer");
  AnswerWithChanges(talk, grpc::Status(StatusCode::UNAVAILABLE, "it stops"));
  const auto process =
      Watching(talk, {kLong, "watch", "city/", "--after_revision=6"});
  talk.Release();
  if (process == nullptr) return;
  const Outcome outcome = talk.Wait(*process);
  talk.LookAt(
      "copy the arguments into the request's fields, and --timeout into the "
      "call's deadline. A watch needs a deadline, too");
  const Received call = talk.OneCall("Watch");
  Carried(talk, call, 0, WatchRequestOf("city/", 6));
  HasLongDeadline(talk, call);
  talk.LookAt(
      "a watch that ends with an error is an error, like any other call");
  talk.FailedAfter(outcome, StatusCode::UNAVAILABLE, "it stops\n",
                   {"city/a", "Berlin", "city/b"});
}

void WatchRevision(ClientTalk& talk) {
  talk.LookAt(
      "the headers come before any change. Wait for them, and print their "
      "kv-revision: after an error the user can resume from there");
  Answer answer;
  answer.status = grpc::Status(StatusCode::UNAVAILABLE, "it stops");
  answer.metadata = {{kRevisionKey, "4711"}};
  answer.messages = {PutChange("city/a", "Berlin", 4712).SerializeAsString()};
  talk.AnswerWith(answer);
  talk.FailedAfter(talk.Run({"watch"}), StatusCode::UNAVAILABLE, "it stops\n",
                   {"4711", "city/a"});
}

// Runs a command whose output nobody can read, with a stream that goes on as
// long as the client does.
void RunInVain(ClientTalk& talk, const std::string& command,
               const google::protobuf::Message& message) {
  talk.LookAt(
      "when the output can't be written, cancel the call: nobody can read what "
      "it still sends",
      "std::cout is false after a flush that failed");
  Answer answer;
  answer.messages = {message.SerializeAsString()};
  answer.never = true;
  talk.AnswerWith(answer);
  const Outcome outcome = talk.RunIntoFull({kLong, command});
  talk.Expect(outcome.status != 0, "an exit status other than 0",
              "exit status 0");
  talk.Release();
}

void ListInVain(ClientTalk& talk) {
  constexpr int kEntries = 500;  // more than a buffer holds
  kv::v1::ListResponse list;
  for (int i = 0; i < kEntries; ++i) {
    *list.add_entries() = EntryOf("city", "Berlin", 7);
  }
  RunInVain(talk, "list", list);
}

void WatchInVain(ClientTalk& talk) {
  RunInVain(talk, "watch", PutChange("city", "Berlin", 7));
}

void WatchFromNow(ClientTalk& talk) {
  talk.LookAt("without a prefix and --after_revision leave both fields unset");
  Answer answer;
  answer.status = grpc::Status(StatusCode::OUT_OF_RANGE, "list again");
  talk.AnswerWith(answer);
  const Outcome outcome = talk.Run({"watch"});
  Carried(talk, talk.OneCall("Watch"), 0, kv::v1::WatchRequest());
  talk.Failed(outcome, StatusCode::OUT_OF_RANGE, "list again\n");
}

void Interrupted(ClientTalk& talk) {
  talk.LookAt("on Ctrl-C cancel the call and report its status",
              "do not call TryCancel() in a signal handler");
  AnswerWithChanges(talk, grpc::Status::OK);
  const auto process = Watching(talk, {kLong, "watch", "city/"});
  if (talk.going()) {
    talk.Sent("SIGINT");
    process->Signal(SIGINT);
    const Outcome outcome = talk.Wait(*process);
    talk.FailedAfter(outcome, StatusCode::CANCELLED, "", {"city/a", "city/b"});
    const auto calls = talk.TakeCalls();
    talk.Expect(calls.size() == 1 && calls[0].cancelled,
                "one call, which was cancelled",
                "another number of calls, or a call that was not cancelled");
  }
  talk.Release();  // ends the call if the client did not cancel it
}

}  // namespace

std::vector<ClientQuestion> StreamClientQuestions() {
  return {
      {"list", "list prints every entry", 4, ListCall},
      {"list_broken", "a list that ends with an error is an error", 4,
       ListBroken},
      {"watch", "watch prints each change immediately", 4, WatchCall},
      {"watch_revision", "watch prints where it begins", 4, WatchRevision},
      {"watch_from_now", "watch without arguments sends an empty request", 4,
       WatchFromNow},
      {"list_full", "output that can't be written ends the list", 4,
       ListInVain},
      {"watch_full", "output that can't be written ends the watch", 4,
       WatchInVain},
      {"interrupted", "Ctrl-C cancels a watch: CANCELLED, exit 1", 4,
       Interrupted},
  };
}

}  // namespace judge
