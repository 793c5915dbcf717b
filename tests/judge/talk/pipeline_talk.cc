#include "talk/pipeline_talk.h"

namespace judge {

kv::v1::PipelineRequest GetOf(std::uint64_t id, const std::string& key) {
  kv::v1::PipelineRequest request;
  request.set_id(id);
  *request.mutable_get_request() = GetRequestOf(key);
  return request;
}

kv::v1::PipelineRequest PutOf(std::uint64_t id, const std::string& key,
                              const std::string& value,
                              std::optional<std::int64_t> expected_revision) {
  kv::v1::PipelineRequest request;
  request.set_id(id);
  *request.mutable_put_request() = PutRequestOf(key, value, expected_revision);
  return request;
}

kv::v1::PipelineRequest DeleteOf(std::uint64_t id, const std::string& key) {
  kv::v1::PipelineRequest request;
  request.set_id(id);
  *request.mutable_delete_request() = DeleteRequestOf(key);
  return request;
}

kv::v1::PipelineResponse FoundAnswer(std::uint64_t id, const std::string& key,
                                     const std::string& value,
                                     std::int64_t revision) {
  kv::v1::PipelineResponse response;
  response.set_id(id);
  *response.mutable_get_response() = Found(key, value, revision);
  return response;
}

kv::v1::PipelineResponse WrittenAnswer(std::uint64_t id,
                                       std::int64_t revision) {
  kv::v1::PipelineResponse response;
  response.set_id(id);
  *response.mutable_put_response() = Written(revision);
  return response;
}

kv::v1::PipelineResponse DeletedAnswer(std::uint64_t id, bool deleted,
                                       std::int64_t revision) {
  kv::v1::PipelineResponse response;
  response.set_id(id);
  *response.mutable_delete_response() = Deleted(deleted, revision);
  return response;
}

std::unique_ptr<PipelineStream> OpenPipeline(ServerTalk& talk) {
  const ServerTalk::Server& server = talk.shared();
  if (!talk.going() || server.channel == nullptr) return nullptr;
  return std::make_unique<PipelineStream>(server.channel, "Pipeline",
                                          absl::InfiniteFuture(),
                                          server.caller.metadata);
}

bool Send(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
          const kv::v1::PipelineRequest& request) {
  if (!talk.going()) return false;
  talk.Sent("Pipeline " + Describe(request));
  const bool sent = stream->Write(request);
  talk.Expect(sent, "a server that reads the request",
              sent ? "" : WhyNoMessage(talk, *stream));
  return sent;
}

void Answered(ServerTalk& talk, const std::unique_ptr<PipelineStream>& stream,
              const kv::v1::PipelineRequest& request,
              const kv::v1::PipelineResponse& expected) {
  if (Send(talk, stream, request)) Next(talk, stream, expected);
}

}  // namespace judge
