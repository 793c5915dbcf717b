// Helpers for questions about streams: they open a call of List or Watch, and
// check the messages and the status of any stream.
//
//   const auto watch = OpenWatch(talk, "a/");
//   Stands(talk, watch, revision);
//   talk.Put("a/b", "1").Is(Written(revision + 1));
//   Next(talk, watch, PutChange("a/b", "1", revision + 1));
//   watch->Cancel();
//
// Once the conversation is over, these functions do nothing, and those that
// open a stream return nullptr. Before that, a stream is never nullptr.
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

/// The keys of a Watch's initial metadata.
constexpr char kRevisionKey[] = "kv-revision";
/// From stage 12 on. A client that resumes sends it, too.
constexpr char kNameKey[] = "kv-store";

/// An entry, the request and the response of an Import, and the changes that a
/// Watch receives for a Put and a Delete.
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
/// Does the same as ListAll(), without a line in the trace.
std::vector<kv::v1::Entry> ListQuietly(ServerTalk& talk,
                                       const std::string& prefix);
/// Calls List, expects it to end with OK, and returns its entries.
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
/// Does the same as OpenWatch(), without a line in the trace and over any
/// connection.
std::unique_ptr<WatchStream> OpenWatchOn(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& prefix,
    std::optional<std::int64_t> after_revision = std::nullopt,
    absl::Time deadline = absl::InfiniteFuture());
/// Waits for the initial metadata of a Watch, which the server has to send even
/// if there is no change yet, and expects this kv-revision in it.
void Stands(ServerTalk& talk, const std::unique_ptr<WatchStream>& watch,
            std::int64_t revision);

/// Says why Read() returned no message: how the stream ended, for example
/// `no message: NOT_FOUND: absent`, or that it is still open.
template <class Stream>
std::string WhyNoMessage(ServerTalk& talk, Stream& stream) {
  const std::optional<grpc::Status> end = stream.End();
  if (!end.has_value()) return "no message, and the call still runs";
  talk.LookAtStatus(*end);
  return end->ok() ? "no message: the call ended with OK"
                   : absl::StrCat("no message: ", Describe(talk.Explain(*end)));
}

/// Reads a message and expects that it equals `expected` in all fields.
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

/// Expects no further message, and a status with this code and a word in its
/// message. Returns the status. Returns OK when there is no status.
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
  talk.LookAtStatus(status);
  talk.Expect(status.error_code() == code &&
                  absl::StrContains(status.error_message(), word),
              expected, status.ok() ? "OK" : Describe(status));
  return status;
}

}  // namespace judge

#endif  // JUDGE_TALK_STREAM_TALK_H_
