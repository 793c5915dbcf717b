#include "survivor.h"

#include <iostream>
#include <iterator>

namespace survivors {

using grpc::StatusCode;
using kv::Limit;
using kv::Repeat;
using load::Operation;

grpc::Status Survivor::Read(Calls& calls, const std::string& key,
                            kv::v1::Entry& entry) {
  kv::v1::GetRequest request;
  request.set_key(key);
  kv::v1::GetResponse response;
  auto status =
      calls
          .Try(Repeat::kAlways, Limit::kShort,
               [&](grpc::ClientContext& context) {
                 return caller_.stub().Get(&context, request, &response);
               })
          .status;
  entry = response.entry();
  return status;
}

// The lists are short. So an attempt has a limit, and a frozen server costs no
// more time than with a Get.
grpc::Status Survivor::ReadAll(Calls& calls, const std::string& prefix,
                               std::vector<kv::v1::Entry>& entries) {
  kv::v1::ListRequest request;
  request.set_prefix(prefix);
  return calls
      .Try(Repeat::kAlways, Limit::kShort,
           [&](grpc::ClientContext& context) {
             entries.clear();
             const auto stream = caller_.stub().List(&context, request);
             kv::v1::ListResponse response;
             while (stream->Read(&response)) {
               entries.insert(entries.end(), response.entries().begin(),
                              response.entries().end());
             }
             return stream->Finish();
           })
      .status;
}

grpc::Status Survivor::NextChange(Calls& calls, const std::string& key,
                                  std::int64_t after, kv::v1::Entry& entry) {
  kv::v1::WatchRequest request;
  request.set_prefix(key);
  request.set_after_revision(after);
  return calls
      .Try(Repeat::kAlways, Limit::kShort,
           [&](grpc::ClientContext& context) {
             const auto stream = caller_.stub().Watch(&context, request);
             kv::v1::WatchResponse response;
             while (stream->Read(&response)) {
               if (response.entry().key() != key) continue;
               entry = response.entry();
               context.TryCancel();
               stream->Finish();
               return grpc::Status::OK;
             }
             return stream->Finish();
           })
      .status;
}

std::optional<Before> Survivor::Get(const std::string& key) {
  Operation get = Begin("get", key);
  Calls calls(caller_);
  kv::v1::Entry entry;
  const auto status = Read(calls, key, entry);
  if (status.ok()) {
    get.value = entry.value();
    get.revision = entry.revision();
  }
  End(std::move(get), status);
  if (status.ok()) return Before{entry.revision(), entry.revision()};
  if (status.error_code() != StatusCode::NOT_FOUND) return std::nullopt;
  return Before{0, operations_.back().revision.value_or(0)};
}

std::int64_t Survivor::Put(const std::string& key,
                           std::optional<Before> before) {
  kv::v1::PutRequest request;
  request.set_key(key);
  request.set_value(Value());
  if (before) request.set_expected_revision(before->entry);
  Operation put = Begin("put", key);
  put.value = request.value();
  if (before) put.expected = before->entry;
  kv::v1::PutResponse response;
  Calls calls(caller_);
  const kv::Attempts done = calls.Try(
      before ? Repeat::kAlways : Repeat::kIfNotDone,
      before ? Limit::kShort : Limit::kHalf, [&](grpc::ClientContext& context) {
        return caller_.stub().Put(&context, request, &response);
      });
  if (done.status.ok()) {
    put.revision = response.revision();
  } else if (done.unknown) {
    // After a mismatch, the first change since then tells whether it was ours,
    // although another client may have written the entry again. If it was not
    // ours, ours will never be done, because revisions don't come back. But an
    // entry that was absent can be absent again, and then a late attempt fits.
    const bool mismatch =
        done.status.error_code() == StatusCode::FAILED_PRECONDITION;
    kv::v1::Entry now;
    const auto looked = before && mismatch
                            ? NextChange(calls, key, before->store, now)
                            : Read(calls, key, now);
    const bool mine = looked.ok() && now.value() == request.value();
    if (mine) put.revision = now.revision();
    EndLook(std::move(put), done.status, looked,
            mine                                       ? "done"
            : mismatch && before && before->entry != 0 ? "not done"
                                                       : "not there");
    return mine ? now.revision() : 0;
  }
  End(std::move(put), done.status);
  return response.revision();
}

// An attempt that can't be followed by another one gets more time: a shorter
// limit would only make more of them end without an answer. Half of the time is
// left to look what became of it.
void Survivor::Delete(const std::string& key) {
  kv::v1::DeleteRequest request;
  request.set_key(key);
  kv::v1::DeleteResponse response;
  Operation remove = Begin("delete", key);
  Calls calls(caller_);
  const kv::Attempts done = calls.Try(
      Repeat::kIfNotDone, Limit::kHalf, [&](grpc::ClientContext& context) {
        return caller_.stub().Delete(&context, request, &response);
      });
  if (done.status.ok()) {
    remove.deleted = response.deleted();
    remove.revision = response.revision();
  } else if (done.unknown) {
    kv::v1::Entry now;
    const auto looked = Read(calls, key, now);
    EndLook(std::move(remove), done.status, looked,
            looked.ok() ? "still there" : "absent");
    return;
  }
  End(std::move(remove), done.status);
}

void Survivor::Import() {
  std::map<std::string, std::string> sent;  // the server's order, too
  while (sent.size() < kImportEntries) sent[Key()] = "";
  Operation import = Begin("import", "");
  for (auto& [key, value] : sent) {
    value = Value();
    kv::v1::Entry& entry = import.entries.emplace_back();
    entry.set_key(key);
    entry.set_value(value);
  }
  kv::v1::ImportResponse response;
  Calls calls(caller_);
  const kv::Attempts done = calls.Try(
      Repeat::kIfNotDone, Limit::kHalf, [&](grpc::ClientContext& context) {
        const auto stream = caller_.stub().Import(&context, &response);
        for (const auto& [key, value] : sent) {
          kv::v1::ImportRequest request;
          request.set_key(key);
          request.set_value(value);
          stream->Write(request);  // Finish() says why if it fails
        }
        stream->WritesDone();
        return stream->Finish();
      });
  if (done.status.ok()) {
    import.revision = response.revision();
  } else if (done.unknown) {
    // An import is atomic, and nobody else writes our values. So one of them
    // proves that all were written. Their revisions follow one another.
    std::vector<kv::v1::Entry> now;
    const auto looked = ReadAll(calls, "k", now);
    for (const kv::v1::Entry& entry : now) {
      const auto mine = sent.find(entry.key());
      if (mine == sent.end() || mine->second != entry.value()) continue;
      import.revision = entry.revision() + std::distance(mine, sent.end()) - 1;
    }
    const std::string found = import.revision ? "done" : "not there";
    EndLook(std::move(import), done.status, looked, found);
    return;
  }
  End(std::move(import), done.status);
}

void Survivor::List(const std::string& prefix) {
  Operation list = Begin("list", prefix);
  Calls calls(caller_);
  const auto status = ReadAll(calls, prefix, list.entries);
  End(std::move(list), status);
}

Operation Survivor::Begin(const std::string& name,
                          const std::string& key) const {
  Operation operation;
  operation.client = id_;
  operation.name = name;
  operation.key = key;
  operation.start = load::Now();
  return operation;
}

void Survivor::End(Operation operation, const grpc::Status& status) {
  operation.end = load::Now();
  load::SetResult(operation, status.error_code(), status.error_details());
  const std::string& result = operation.result;
  if (result == "unknown" || result == "not_written") Failed(operation, status);
  operations_.push_back(std::move(operation));
}

void Survivor::EndLook(Operation operation, const grpc::Status& status,
                       const grpc::Status& looked, const std::string& found) {
  operation.end = load::Now();
  operation.result = found == "done"       ? "ok"
                     : found == "not done" ? "not_written"
                                           : "unknown";
  ++counts_["not known: " + operation.name];
  std::cerr << "survivors: not known: " + operation.name + ", " +
                   status.error_message() + ", looked: " + found + "\n";
  if (looked.ok() || looked.error_code() == StatusCode::NOT_FOUND) {
    ++counts_["not known: " + operation.name + ", the client finds: " + found];
  } else {
    Failed(operation, status);
    Failed(operation, looked);
  }
  operations_.push_back(std::move(operation));
}

void Survivor::Failed(const Operation& operation, const grpc::Status& status) {
  ++counts_["failed"];
  std::cerr << "survivors: after " +
                   std::to_string((operation.end - operation.start) /
                                  1'000'000) +
                   " ms, code " + std::to_string(status.error_code()) + ", " +
                   status.error_message() + ": " + operation.name + " " +
                   operation.key + "\n";
}

}  // namespace survivors
