// What questions about streams have in common: how a call of List or Watch is
// opened, and what is expected of the messages and the end of any stream.
//
//   const auto watch = OpenWatch(talk, "a/");
//   Stands(talk, watch, revision);
//   talk.Put("a/b", "1").Is(Written(revision + 1));
//   Next(talk, watch, PutChange("a/b", "1", revision + 1));
//   watch->Cancel();
//
// All of it does nothing once the conversation is over; only then is a stream
// nullptr.
#ifndef JUDGE_TALK_STREAM_TALK_H_
#define JUDGE_TALK_STREAM_TALK_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ask/text.h"
#include "talk/server_talk.h"
#include "talk/stream.h"

namespace judge {

/// A call of List.
using ListStream = Stream<kv::v1::ListRequest, kv::v1::ListResponse>;
/// A call of Watch.
using WatchStream = Stream<kv::v1::WatchRequest, kv::v1::WatchResponse>;
/// A call of Import.
using ImportStream = Stream<kv::v1::ImportRequest, kv::v1::ImportResponse>;
/// A call of Pipeline.
using PipelineStream =
    Stream<kv::v1::PipelineRequest, kv::v1::PipelineResponse>;

/// The key of a Watch's initial metadata.
constexpr char kRevisionKey[] = "kv-revision";

/// An entry, what an Import sends and gets for it, and the changes that a Put
/// and a Delete make.
kv::v1::Entry EntryOf(const std::string& key, const std::string& value,
                      std::int64_t revision);
kv::v1::ImportRequest ImportOf(const std::string& key,
                               const std::string& value);
kv::v1::ImportResponse Imported(std::int64_t count, std::int64_t revision);
kv::v1::WatchResponse PutChange(const std::string& key,
                                const std::string& value,
                                std::int64_t revision);
kv::v1::WatchResponse DeleteChange(const std::string& key,
                                   std::int64_t revision);

/// Calls List and reads nothing yet.
std::unique_ptr<ListStream> OpenList(ServerTalk& talk,
                                     const std::string& prefix,
                                     std::int32_t limit = 0);
/// As ListAll(), without a word in the trace.
std::vector<kv::v1::Entry> ListQuietly(ServerTalk& talk,
                                       const std::string& prefix);
/// Calls List, expects it to end with OK, and gives its entries.
std::vector<kv::v1::Entry> ListAll(ServerTalk& talk, const std::string& prefix,
                                   std::int32_t limit = 0);
/// Calls List and expects these entries in this order, and OK.
void Lists(ServerTalk& talk, const std::string& prefix,
           const std::vector<kv::v1::Entry>& expected, std::int32_t limit = 0);

/// Calls Watch and reads nothing yet.
std::unique_ptr<WatchStream> OpenWatch(
    ServerTalk& talk, const std::string& prefix,
    std::optional<std::int64_t> after_revision = std::nullopt,
    absl::Time deadline = absl::InfiniteFuture());
/// As OpenWatch(), without a word in the trace and over any connection.
std::unique_ptr<WatchStream> OpenWatchOn(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
    std::optional<std::int64_t> after_revision = std::nullopt,
    absl::Time deadline = absl::InfiniteFuture());
/// Expects the initial metadata of a Watch, before any change, with this
/// kv-revision.
void Stands(ServerTalk& talk, const std::unique_ptr<WatchStream>& watch,
            std::int64_t revision);

/// How a stream ended from which nothing could be read any more, or that it did
/// not: for example `no message: NOT_FOUND: absent`.
template <class Stream>
std::string WhyNoMessage(ServerTalk& talk, Stream& stream) {
  const std::optional<grpc::Status> end = stream.End();
  if (!end.has_value()) return "no message, and the call still runs";
  return end->ok() ? "no message: the call ended with OK"
                   : absl::StrCat("no message: ", Describe(talk.Explain(*end)));
}

/// Expects a message, all fields of it.
template <class Request, class Response>
void Next(ServerTalk& talk,
          const std::unique_ptr<Stream<Request, Response>>& stream,
          const Response& expected) {
  if (!talk.going()) return;
  const std::optional<Response> got = stream->Read();
  const bool same = got.has_value() && Same(*got, expected);
  talk.Expect(same, Describe(expected),
              same              ? ""
              : got.has_value() ? Describe(*got)
                                : WhyNoMessage(talk, *stream));
}

/// Expects no further message, and the end with a code and a word in its
/// message. Returns the status; OK when the expectation failed.
template <class Request, class Response>
grpc::Status Ends(ServerTalk& talk,
                  const std::unique_ptr<Stream<Request, Response>>& stream,
                  grpc::StatusCode code, const std::string& word = "") {
  if (!talk.going()) return grpc::Status::OK;
  std::string expected = code == grpc::StatusCode::OK
                             ? "the status OK"
                             : absl::StrCat("the status ", CodeName(code));
  if (!word.empty()) {
    absl::StrAppend(&expected, " with a message that names \"", word, "\"");
  }
  const std::optional<Response> more = stream->Read();
  if (more.has_value()) {
    talk.Expect(false, expected, Describe(*more));
    return grpc::Status::OK;
  }
  const std::optional<grpc::Status> end = stream->End();
  if (!end.has_value()) {
    talk.Expect(false, expected, "the call still runs");
    return grpc::Status::OK;
  }
  grpc::Status status = talk.Explain(*end);
  talk.Expect(status.error_code() == code &&
                  absl::StrContains(status.error_message(), word),
              expected, status.ok() ? "OK" : Describe(status));
  return status;
}

}  // namespace judge

#endif  // JUDGE_TALK_STREAM_TALK_H_
