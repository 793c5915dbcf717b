// Looks for the details of an error: messages of google.rpc in the trailing
// metadata.
#ifndef JUDGE_TALK_DETAIL_TALK_H_
#define JUDGE_TALK_DETAIL_TALK_H_

#include <grpcpp/support/error_details.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "talk/server_talk.h"

namespace judge {

/// Expects exactly one detail of this type in the status, and returns it.
template <class Detail>
Detail DetailOf(ServerTalk& talk, const grpc::Status& status) {
  google::rpc::Status all;
  const bool there = !status.error_details().empty() &&
                     grpc::ExtractErrorDetails(status, &all).ok();
  talk.Expect(
      there,
      "a google.rpc.Status in the trailing metadata "
      "grpc-status-details-bin",
      status.error_details().empty() ? "no such metadata" : "other bytes");
  talk.Expect(!there || (all.code() == status.error_code() &&
                         all.message() == status.error_message()),
              "the same code and message in the details",
              absl::StrCat(all.code(), ": ", all.message()));
  Detail detail;
  int found = 0;
  for (const auto& any : all.details()) found += any.UnpackTo(&detail) ? 1 : 0;
  talk.Expect(found == 1, absl::StrCat("one ", detail.GetTypeName()),
              absl::StrCat(found));
  return detail;
}

}  // namespace judge

#endif  // JUDGE_TALK_DETAIL_TALK_H_
