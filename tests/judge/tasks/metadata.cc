// Beyond stage 07: what a learner has added to what a client's calls carry.
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/secure_talk.h"

namespace judge {
namespace {

// Serves over TLS, to a client that knows whom it calls, and who it is.
std::vector<std::string> Flags(ClientTalk& talk) {
  ServeTls(talk);
  return {Ca(), TokenFlag(AliceFile(talk))};
}

void WritesOnly(ClientTalk& talk) {
  const auto flags = Joined(Flags(talk), {"--token_for=writes"});
  talk.AnswerWith(grpc::Status(grpc::StatusCode::ABORTED, "as told"));
  for (const auto& [rpc, words] : Commands(talk)) {
    if (rpc == "Pipeline") continue;  // it does both
    const bool writes = rpc == "Put" || rpc == "Delete" || rpc == "Import";
    talk.LookAt(writes ? "these change something, and need the token"
                       : "GetMetadata() is told the method: for one that only "
                         "reads it adds nothing, and says OK");
    talk.Run(Joined(flags, words));
    const Received call = talk.OneCall(rpc);
    if (!talk.going()) return;
    const bool there = call.metadata.count("token") > 0;
    talk.Expect(there == writes,
                absl::StrCat(rpc, writes ? " with" : " without", " a token"),
                there ? "one with a token" : "one without");
  }
}

// Expects one call with an id that no other call had.
void HasId(ClientTalk& talk, std::vector<std::string>& others) {
  const Received call = talk.OneCall("Get");
  if (!talk.going()) return;
  const auto count = call.metadata.count("request-id");
  talk.Expect(count == 1, "metadata with one request-id",
              absl::StrCat(count, " of them"));
  if (count != 1) return;
  const std::string id = call.metadata.find("request-id")->second;
  talk.Expect(!id.empty(), "an id", "an empty one");
  for (const std::string& other : others) {
    talk.Expect(id != other, "another id for each call",
                absl::StrCat("again ", Quoted(id)));
  }
  others.push_back(id);
}

void RequestId(ClientTalk& talk) {
  std::vector<std::string> ids;
  const std::vector<std::string> get = {"--request_id", "get", "city"};
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.LookAt(
      "an id is no secret: context.AddMetadata() is enough, and works on an "
      "open line as well");
  talk.Succeeded(talk.Run(get), "Berlin");
  HasId(talk, ids);
  talk.Succeeded(talk.Run(get), "Berlin");
  HasId(talk, ids);
  talk.LookAt("it goes beside the token, not in its place");
  const auto flags = Flags(talk);
  talk.AnswerWith(Found("city", "Berlin", 7));
  talk.Succeeded(talk.Run(Joined(flags, get)), "Berlin");
  HasId(talk, ids);
}

}  // namespace

std::vector<ClientQuestion> MetadataTasks() {
  return {
      {"writes_only", "--token_for=writes: a token only where needed", 7,
       WritesOnly},
      {"request_id", "--request_id: each call has an id of its own", 7,
       RequestId},
  };
}

}  // namespace judge
