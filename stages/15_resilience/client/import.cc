// The command import: sends entries and prints one summary.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "client/command.h"
#include "client/json_lines.h"
#include "client/retry.h"

namespace kv {
namespace {

using Requests = std::vector<v1::ImportRequest>;

// [import]
// The server stores the entries only after the client has half-closed. So
// invalid or unreadable input cancels the call. Input can be read only once, so
// `sent` keeps it, and another attempt sends that again before it reads on.
grpc::Status Once(const Call& call, grpc::ClientContext& context,
                  JsonLines& lines, Requests& sent,
                  v1::ImportResponse& response) {
  const auto writer = call.stub.Import(&context, &response);
  bool open = true;  // Write returns false when the call is over
  for (std::size_t i = 0; open && i < sent.size(); ++i) {
    open = writer->Write(sent[i]);
  }
  v1::ImportRequest request;
  while (open && lines.Next(request, context.deadline())) {
    sent.push_back(request);
    open = writer->Write(request);
  }
  // The half-close tells the server that all was sent. It then stores it.
  if (lines.complete()) writer->WritesDone();
  call.input_error = lines.error();
  if (!lines.error().empty()) context.TryCancel();
  return writer->Finish();
}
// [import]

// [mine]
// After an import without an answer, looks whether all entries are there as one
// import writes them: their revisions follow one another. Returns the last of
// these, or 0. This only tells the truth if nobody has imported the same
// entries before: put something into them that is new.
std::int64_t RevisionOfMine(const Call& call, const Requests& sent) {
  // Of a key that came twice, the last value.
  std::map<std::string, std::string> mine;
  for (const auto& request : sent) mine[request.key()] = request.value();
  std::vector<std::int64_t> found;
  const auto list = [&](grpc::ClientContext& context) {
    found.clear();
    const auto reader = call.stub.List(&context, {});
    v1::ListResponse response;
    while (reader->Read(&response)) {
      for (const v1::Entry& entry : response.entries()) {
        const auto one = mine.find(entry.key());
        if (one != mine.end() && one->second == entry.value()) {
          found.push_back(entry.revision());
        }
      }
    }
    return reader->Finish();
  };
  const bool listed =
      Retry(call, Repeat::kAlways, Limit::kHalf, list).status.ok();
  if (!listed || found.empty() || found.size() != mine.size()) return 0;
  const auto [first, last] = std::minmax_element(found.begin(), found.end());
  const auto span = static_cast<std::size_t>(*last - *first + 1);
  return span == found.size() ? *last : 0;
}
// [mine]

}  // namespace

grpc::Status Import(const Call& call) {
  JsonLines lines(call.words.empty() ? "-" : call.words[0], call.cancelled);
  Requests sent;
  v1::ImportResponse response;
  // An import has no condition, so it is repeated only if it was not done.
  Attempts attempts = Retry(call, Repeat::kIfNotDone, Limit::kHalf,
                            [&](grpc::ClientContext& context) {
                              return Once(call, context, lines, sent, response);
                            });
  if (attempts.unknown && lines.complete()) {
    if (const auto revision = RevisionOfMine(call, sent); revision > 0) {
      attempts.status = grpc::Status::OK;
      response.set_imported_count(static_cast<std::int64_t>(sent.size()));
      response.set_revision(revision);
    }
  }
  if (attempts.status.ok()) {
    std::cout << "imported " << response.imported_count() << " (revision "
              << response.revision() << ")\n";
  }
  return attempts.status;
}

}  // namespace kv
