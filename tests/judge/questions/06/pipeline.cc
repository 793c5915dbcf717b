// Stage 06: Pipeline, operations and their answers.
#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

void PipelineAtOnce(ServerTalk& talk) {
  talk.LookAt(
      "send each answer when its operation is done: the client may wait for it "
      "before it sends the next request or half-closes");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto stream = OpenPipeline(talk);
  Answered(talk, stream, PutOf(1, key, "1"), WrittenAnswer(1, revision + 1));
}

void PipelineKinds(ServerTalk& talk) {
  talk.LookAt(
      "use the same store as the unary rpcs, and give the same answers");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto stream = OpenPipeline(talk);
  Answered(talk, stream, PutOf(1, key, "1"), WrittenAnswer(1, revision + 1));
  Answered(talk, stream, GetOf(2, key), FoundAnswer(2, key, "1", revision + 1));
  Answered(talk, stream, PutOf(3, key, "2", revision + 1),
           WrittenAnswer(3, revision + 2));
  talk.Get(key).Is(Found(key, "2", revision + 2));
  Answered(talk, stream, DeleteOf(4, key),
           DeletedAnswer(4, true, revision + 3));
  Answered(talk, stream, DeleteOf(5, key),
           DeletedAnswer(5, false, revision + 3));
  talk.RevisionStays(revision + 3);
  if (!talk.going()) return;
  talk.LookAt("after the half-close and the last answer, end the call with OK");
  stream->HalfClose();
  Ends(talk, stream, StatusCode::OK);
}

// The contract allows any order, so we match answers by their content.
void PipelineIds(ServerTalk& talk) {
  constexpr std::uint64_t kLargest = ~std::uint64_t{0};
  talk.LookAt(
      "the client chooses the id: any number, even one that it has used "
      "before");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  talk.Put(key, "1").Is(Written(revision + 1));
  const auto stream = OpenPipeline(talk);
  if (stream == nullptr) return;
  std::vector<kv::v1::PipelineResponse> expected;
  for (const std::uint64_t id :
       {std::uint64_t{9}, std::uint64_t{7}, std::uint64_t{7}, std::uint64_t{0},
        kLargest, std::uint64_t{9}}) {
    expected.push_back(FoundAnswer(id, key, "1", revision + 1));
    Send(talk, stream, GetOf(id, key));
  }
  stream->HalfClose();
  while (!expected.empty() && talk.going()) {
    const auto got = stream->Read();
    const auto found =
        std::find_if(expected.begin(), expected.end(),
                     [&](const auto& one) { return got && Same(*got, one); });
    const bool right = found != expected.end();
    talk.Expect(right, "one answer for each request, with its id",
                right ? ""
                : got ? Describe(*got)
                      : WhyNoMessage(talk, *stream));
    if (right) expected.erase(found);
  }
  Ends(talk, stream, StatusCode::OK);
}

// Expects an answer with a code and a message, in a call that stays open.
void OperationFails(ServerTalk& talk,
                    const std::unique_ptr<PipelineStream>& stream,
                    const kv::v1::PipelineRequest& request, StatusCode code,
                    const std::string& word = "") {
  if (!Send(talk, stream, request)) return;
  const auto got = stream->Read();
  const bool right =
      got && got->id() == request.id() && got->code() == code &&
      got->result_case() == kv::v1::PipelineResponse::RESULT_NOT_SET &&
      !got->message().empty() && absl::StrContains(got->message(), word);
  std::string expected = absl::StrCat("{id: ", request.id(), " code: ", code,
                                      " message: ...} and no result");
  if (!word.empty()) {
    absl::StrAppend(&expected, ", and a message that names \"", word, "\"");
  }
  talk.Expect(right, expected,
              right ? ""
              : got ? Describe(*got)
                    : WhyNoMessage(talk, *stream));
}

void PipelineFailures(ServerTalk& talk) {
  talk.LookAt(
      "answer a failed operation with its code and message. End the call only "
      "for errors that concern the whole call");
  const std::string key = talk.Key();
  const std::int64_t revision = talk.Revision();
  const auto stream = OpenPipeline(talk);
  OperationFails(talk, stream, GetOf(1, key), StatusCode::NOT_FOUND);
  Answered(talk, stream, PutOf(2, key, "1", 0), WrittenAnswer(2, revision + 1));
  OperationFails(talk, stream, PutOf(3, key, "2", 0),
                 StatusCode::FAILED_PRECONDITION);
  OperationFails(talk, stream, GetOf(4, ""), StatusCode::INVALID_ARGUMENT,
                 "key");
  OperationFails(talk, stream, PutOf(5, std::string(513, 'x'), "1"),
                 StatusCode::INVALID_ARGUMENT, "key");
  OperationFails(talk, stream, DeleteOf(6, ""), StatusCode::INVALID_ARGUMENT,
                 "key");
  OperationFails(talk, stream, PutOf(7, key, std::string((1 << 20) + 1, 'x')),
                 StatusCode::INVALID_ARGUMENT, "value");
  talk.LookAt("a oneof may be unset: then there is no operation",
              "operation_case() is OPERATION_NOT_SET");
  kv::v1::PipelineRequest nothing;
  nothing.set_id(8);
  OperationFails(talk, stream, nothing, StatusCode::INVALID_ARGUMENT);
  talk.RevisionStays(revision + 1);
  if (!talk.going()) return;
  stream->HalfClose();
  Ends(talk, stream, StatusCode::OK);
}

// Many operations in flight, before and after the half-close.
void PipelineMany(ServerTalk& talk) {
  constexpr int kOperations = 1000;
  talk.LookAt(
      "after the half-close send all waiting answers before you end the call");
  const std::string key = talk.Key();
  const auto stream = OpenPipeline(talk);
  if (stream == nullptr) return;
  talk.Sent(absl::StrCat(kOperations, " times: Get, then the half-close"));
  bool written = true;
  std::thread writer([&] {
    for (int i = 0; i < kOperations && written; ++i) {
      written = stream->Write(GetOf(static_cast<std::uint64_t>(i), key));
    }
    stream->HalfClose();
  });
  std::vector<int> count(kOperations, 0);
  int answers = 0;
  while (const auto got = stream->Read()) {
    if (got->id() < kOperations) ++count[got->id()];
    ++answers;
  }
  writer.join();
  Ends(talk, stream, StatusCode::OK);
  talk.Expect(
      std::all_of(count.begin(), count.end(), [](int n) { return n == 1; }),
      "one answer for each operation",
      answers < kOperations ? "fewer answers than operations"
                            : "an operation without an answer, or with two");
}

}  // namespace

std::vector<ServerQuestion> PipelineQuestions() {
  return {
      {"pipeline_at_once", "an answer does not wait for the half-close", 6,
       PipelineAtOnce},
      {"pipeline", "Pipeline does what Get, Put and Delete do", 6,
       PipelineKinds},
      {"pipeline_ids", "each answer has the id of its request", 6, PipelineIds},
      {"pipeline_failures", "a failed operation does not end the call", 6,
       PipelineFailures},
      {"pipeline_many", "each operation is answered, then the call is OK", 6,
       PipelineMany},
  };
}

}  // namespace judge
