// Stage 12: a client whose watch goes on where an earlier one has ended.
#include <string>

#include "questions/all.h"
#include "talk/client_talk.h"
#include "talk/stream_talk.h"

namespace judge {
namespace {

void Resume(ClientTalk& talk) {
  talk.LookAt(
      "keep the store's name and the last revision in the file, and send both "
      "with the next watch: after_revision, and the metadata kv-store");
  const std::string flag = "--resume=" + talk.Path("place");
  Answer answer;
  answer.status = grpc::Status(StatusCode::UNAVAILABLE, "gone");
  answer.metadata = {{kRevisionKey, "6"}, {kNameKey, "abc"}};
  answer.messages = {PutChange("city", "Berlin", 7).SerializeAsString()};
  talk.AnswerWith(answer);
  const Outcome first = talk.Run({kLong, "watch", flag});
  talk.Expect(first.out.find("city") != std::string::npos, "the change",
              Output(first.out));
  Carried(talk, talk.OneCall("Watch"), 0, kv::v1::WatchRequest());
  talk.AnswerWith(
      grpc::Status(StatusCode::FAILED_PRECONDITION, "another store"));
  for (int i = 0; i < 2; ++i) {  // a failure keeps the file
    talk.Failed(talk.Run({kLong, "watch", flag}),
                StatusCode::FAILED_PRECONDITION, "another store");
    const Received call = talk.OneCall("Watch");
    Carried(talk, call, 0, WatchRequestOf("", 7));
    const auto name = call.metadata.find(kNameKey);
    talk.Expect(name != call.metadata.end() && name->second == "abc",
                "the metadata kv-store: abc",
                name == call.metadata.end() ? "none" : name->second);
  }
}

}  // namespace

std::vector<ClientQuestion> ResumeQuestions() {
  return {
      {"resume", "watch with --resume goes on in the same store", 12, Resume}};
}

}  // namespace judge
