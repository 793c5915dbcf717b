// Tasks of stage 11: a rejection that tells the limit, and many Gets at the
// same time.
#include <set>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/detail_talk.h"
#include "talk/pipeline_talk.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void TellsLimit(ServerTalk& talk, const grpc::Status& status,
                const std::string& limit) {
  if (!talk.going()) return;
  const auto info = DetailOf<google::rpc::ErrorInfo>(talk, status);
  const auto found = info.metadata().find("limit");
  talk.Expect(
      found != info.metadata().end() && found->second == limit,
      absl::StrCat("metadata limit: ", limit),
      found == info.metadata().end() ? "none with that name" : found->second);
}

void Limit(ServerTalk& talk) {
  talk.LookAt(
      "say in the ErrorInfo of the rejection how many there may be, for "
      "watches and for calls");
  talk.StartOwn({"--max_watches=2", "--max_calls=1"});
  const auto first = OpenWatch(talk, "");
  Stands(talk, first, 0);
  const auto second = OpenWatch(talk, "");
  Stands(talk, second, 0);
  TellsLimit(talk,
             Ends(talk, OpenWatch(talk, ""), StatusCode::RESOURCE_EXHAUSTED),
             "2");
  const auto pipeline = OpenPipeline(talk);
  Answered(talk, pipeline, DeleteOf(1, "a"), DeletedAnswer(1, false, 0));
  if (!talk.going()) return;
  const auto rejected = talk.Get("a");
  rejected.Fails(StatusCode::RESOURCE_EXHAUSTED);
  TellsLimit(talk, rejected.status(), "1");
}

void GetMany(ClientTalk& talk) {
  talk.LookAt("start all calls before you wait for the first answer");
  talk.NeverAnswer();
  const Outcome nothing = talk.Run({"--timeout=1s", "get_many", "a", "b", "c"});
  talk.Failed(nothing, StatusCode::DEADLINE_EXCEEDED);
  std::set<std::string> keys;
  for (const Received& call : talk.TakeCalls()) {
    const std::string bytes = call.messages.size() == 1 ? call.messages[0] : "";
    keys.insert(Parsed<kv::v1::GetRequest>(bytes).key());
  }
  talk.Expect(keys == std::set<std::string>({"a", "b", "c"}),
              "calls of Get for a, b and c",
              absl::StrCat("calls for ", keys.size(), " keys"));
  talk.LookAt("print the values in the order of the words");
  Answer answer;
  answer.each = [](const std::string& bytes) {
    const std::string key = Parsed<kv::v1::GetRequest>(bytes).key();
    return Found(key, "value-" + key, 7).SerializeAsString();
  };
  talk.AnswerWith(answer);
  const Outcome three = talk.Run({kLong, "get_many", "c", "a", "b"});
  talk.Succeeded(three, "value-c");
  talk.Printed(three, {"value-c", "value-a", "value-b"});
  talk.TakeCalls();
  talk.LookAt(
      "if one call fails, print the other values, and exit with its status");
  const Answer found = {grpc::Status::OK,
                        {Found("a", "Bonn", 7).SerializeAsString()}};
  talk.AnswerInTurn({found, {{StatusCode::NOT_FOUND, "absent"}, {}}, found});
  talk.FailedAfter(talk.Run({kLong, "get_many", "a", "b", "c"}),
                   StatusCode::NOT_FOUND, "absent", {"Bonn", "Bonn"});
}

}  // namespace

std::vector<ServerQuestion> PlaceTasks() {
  return {{"limit", "a rejection tells how many there may be", 11, Limit}};
}

std::vector<ClientQuestion> ManyTasks() {
  return {{"get_many", "one thread gets many keys concurrently", 11, GetMany}};
}

}  // namespace judge
