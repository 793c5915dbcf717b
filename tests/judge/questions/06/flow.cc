// Stage 06: the two directions of a Pipeline, and who waits for whom.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

constexpr std::size_t kLarge = 1 << 20;  // far more than can be on its way

// Two large answers that nobody reads, then operations on other keys. Each is
// seen by a Watch when it was done.
struct Unread {
  std::unique_ptr<WatchStream> watch;
  std::unique_ptr<PipelineStream> stream;
};

Unread TwoLargeGets(ServerTalk& talk) {
  Unread unread;
  const std::string key = talk.Key("/large");
  const std::int64_t revision = talk.Revision();
  talk.Put(key, std::string(kLarge, 'x')).Is(Written(revision + 1));
  if (!talk.going()) return unread;
  unread.watch =
      OpenWatchOn(talk.shared().Connection(), key.substr(0, key.size() - 5));
  Stands(talk, unread.watch, revision + 1);
  unread.stream = OpenPipeline(talk);
  Send(talk, unread.stream, GetOf(1, key));
  Send(talk, unread.stream, GetOf(2, key));
  return unread;
}

// Reads all answers to the two Gets and to some Puts.
void ReadAll(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
             int puts) {
  if (!talk.going()) return;
  talk.LookAt("answers that wait are kept: none is lost when the client reads");
  talk.Sent("half-close, and now the answers are read");
  stream->HalfClose();
  int found = 0;
  int written = 0;
  while (const auto got = stream->Read()) {
    found += got->get_response().entry().value().size() == kLarge ? 1 : 0;
    written += got->has_put_response() ? 1 : 0;
  }
  Ends(talk, stream, StatusCode::OK);
  talk.Expect(found == 2 && written == puts,
              absl::StrCat("2 answers to Get and ", puts, " to Put"),
              found == 2 && written < puts ? "fewer to Put" : "others");
}

void PipelineReadsOn(ServerTalk& talk) {
  constexpr int kPuts = 60;  // and the two Gets: fewer than 64
  Unread unread = TwoLargeGets(talk);
  talk.LookAt(
      "Write() blocks while the client does not read: if nobody reads requests "
      "meanwhile, the two wait for each other for ever. Write on a thread of "
      "its own, with a queue between");
  for (int i = 0; i < kPuts && talk.going(); ++i) {
    Send(talk, unread.stream,
         PutOf(3, absl::StrCat("judge/pipeline_reads_on/", i), "1"));
  }
  for (int i = 0; i < kPuts && talk.going(); ++i) {
    const auto change = unread.watch->Read();
    talk.Expect(change.has_value(),
                absl::StrCat("that the ", kPuts,
                             " operations are done, though no answer is read"),
                absl::StrCat("that ", i, " of them are"));
  }
  ReadAll(talk, unread.stream, kPuts);
}

void PipelineWaits(ServerTalk& talk) {
  constexpr int kPuts = 1000;
  constexpr int kMost = 100;  // 64 and some that are on their way
  Unread unread = TwoLargeGets(talk);
  if (!talk.going()) return;
  talk.Sent(absl::StrCat(kPuts, " times: Put, and no answer is read"));
  talk.LookAt(
      "bound the answers that wait: a client that sends and never reads must "
      "not fill the server's memory");
  for (int i = 0; i < kPuts; ++i) {
    // Small enough to be on their way when the server does not read them.
    unread.stream->Write(PutOf(3, "judge/pipeline_waits/k", ""));
  }
  int done = 0;
  // When the server waits nothing happens, and there is no event to wait for.
  constexpr absl::Duration kTime = absl::Milliseconds(500);
  while (done <= kMost && unread.watch->Read(kTime)) ++done;
  talk.Expect(done <= kMost,
              "that about 64 operations are done, and then no more",
              "that it goes on and on");
  ReadAll(talk, unread.stream, kPuts);
}

void PipelineSigterm(ServerTalk& talk) {
  talk.StartOwn({"--grace=1s"});
  const auto stream = OpenPipeline(talk);
  Answered(talk, stream, PutOf(1, "judge/pipeline_sigterm", "1"),
           WrittenAnswer(1, 1));
  if (!talk.going()) return;
  talk.LookAt(
      "when the grace is over Read() and Write() give false: return then, and "
      "wait for no thread that does not");
  talk.Sent("SIGTERM, while the call stays open");
  talk.Signal(SIGTERM);
  const auto end = stream->End();
  talk.Expect(end.has_value() && !end->ok(),
              "the end, not OK, when the grace is over",
              end ? "OK" : "the call still runs");
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> FlowQuestions() {
  return {
      {"pipeline_reads_on", "a client that does not read yet may go on", 6,
       PipelineReadsOn},
      {"pipeline_waits", "answers that nobody reads are bounded", 6,
       PipelineWaits},
      {"pipeline_sigterm", "an open Pipeline does not stop the stop", 6,
       PipelineSigterm},
  };
}

}  // namespace judge
