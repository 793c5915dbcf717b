// Stage 06: flow control in the two directions of a Pipeline.
#include <csignal>

#include "absl/strings/str_cat.h"
#include "questions/all.h"
#include "talk/pipeline_talk.h"

namespace judge {
namespace {

constexpr std::size_t kLarge =
    1 << 20;  // far more than flow control lets through

// A Pipeline with two large answers that we do not read. A Watch shows which of
// the later operations the server has done.
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

// Reads all answers: two to Get, and `puts` to Put.
void ReadAll(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
             int puts) {
  if (!talk.going()) return;
  talk.LookAt(
      "keep the answers that wait: none may be lost before the client reads");
  talk.Sent("half-close, then read the answers");
  stream->HalfClose();
  int found = 0;
  int written = 0;
  while (const auto got = stream->Read()) {
    found += got->get_response().entry().value().size() == kLarge ? 1 : 0;
    written += got->has_put_response() ? 1 : 0;
  }
  Ends(talk, stream, StatusCode::OK);
  talk.Expect(
      found == 2 && written == puts,
      absl::StrCat("2 answers to Get and ", puts, " to Put"),
      found == 2 && written < puts ? "fewer answers to Put" : "other answers");
}

void PipelineReadsOn(ServerTalk& talk) {
  constexpr int kPuts = 60;  // and the two Gets: fewer than 64
  Unread unread = TwoLargeGets(talk);
  talk.LookAt(
      "a write blocks while the client does not read. If the server stops "
      "reading requests meanwhile, both wait for each other forever. Write "
      "answers on another thread, with a queue between");
  for (int i = 0; i < kPuts && talk.going(); ++i) {
    Send(talk, unread.stream,
         PutOf(3, absl::StrCat("judge/pipeline_reads_on/", i), "1"));
  }
  for (int i = 0; i < kPuts && talk.going(); ++i) {
    const auto change = unread.watch->Read();
    talk.Expect(change.has_value(),
                absl::StrCat("all ", kPuts,
                             " operations done, though we read no answer"),
                absl::StrCat(i, " of them done"));
  }
  ReadAll(talk, unread.stream, kPuts);
}

void PipelineWaits(ServerTalk& talk) {
  constexpr int kPuts = 1000;
  constexpr int kMost = 100;  // 64, and some in flow-control windows
  Unread unread = TwoLargeGets(talk);
  if (!talk.going()) return;
  talk.Sent(absl::StrCat(kPuts, " times: Put, without reading an answer"));
  talk.LookAt(
      "limit the number of waiting answers: a client that sends and never "
      "reads must not fill the server's memory");
  for (int i = 0; i < kPuts; ++i) {
    // Small enough for flow control when the server does not read them.
    unread.stream->Write(PutOf(3, "judge/pipeline_waits/k", ""));
  }
  int done = 0;
  // When the server waits, no event happens, so we wait for a fixed time.
  constexpr absl::Duration kTime = absl::Milliseconds(500);
  while (done <= kMost && unread.watch->Read(kTime)) ++done;
  talk.Expect(done <= kMost, "about 64 operations done, then no more",
              "the server does more and more operations");
  ReadAll(talk, unread.stream, kPuts);
}

void PipelineSigterm(ServerTalk& talk) {
  talk.StartOwn({"--grace=0.3s"});
  const auto stream = OpenPipeline(talk);
  Answered(talk, stream, PutOf(1, "judge/pipeline_sigterm", "1"),
           WrittenAnswer(1, 1));
  if (!talk.going()) return;
  talk.LookAt(
      "when the grace period is over, reads and writes fail. Return then, and "
      "do not wait for a thread that does not end",
      "Read() and Write() return false");
  talk.Sent("SIGTERM, while the call is open");
  talk.Signal(SIGTERM);
  const auto end = stream->End();
  talk.Expect(end.has_value() && !end->ok(),
              "a status that is not OK, when the grace period is over",
              end ? "OK" : "the call still runs");
  talk.Stops();
}

void PipelineAbandoned(ServerTalk& talk) {
  constexpr int kPuts = 200;  // more than may wait
  constexpr int kDone = 60;   // so that many are done, though we read nothing
  talk.StartOwn({"--grace=60s"});
  Unread unread = TwoLargeGets(talk);
  if (!talk.going()) return;
  talk.Sent(absl::StrCat(kPuts, " times: Put, without reading an answer"));
  for (int i = 0; i < kPuts; ++i) {
    unread.stream->Write(PutOf(3, "judge/pipeline_abandoned/k", ""));
  }
  for (int i = 0; i < kDone; ++i) unread.watch->Read();
  talk.LookAt(
      "when an answer can't be sent, nobody removes answers from the queue any "
      "more. The thread that waits for room in it must not wait forever",
      "Write() returns false then");
  talk.Sent("cancel the call");
  unread.stream->Cancel();
  Ends(talk, unread.stream, StatusCode::CANCELLED);
  unread.watch->Cancel();
  talk.Sent("SIGTERM");
  talk.Signal(SIGTERM);
  talk.Stops();
}

}  // namespace

std::vector<ServerQuestion> FlowQuestions() {
  return {
      {"pipeline_reads_on", "the server reads on while answers wait", 6,
       PipelineReadsOn},
      {"pipeline_waits", "the number of waiting answers is limited", 6,
       PipelineWaits},
      {"pipeline_sigterm", "an open Pipeline does not delay the stop", 6,
       PipelineSigterm},
      {"pipeline_abandoned", "a cancelled Pipeline ends on the server", 6,
       PipelineAbandoned},
  };
}

}  // namespace judge
