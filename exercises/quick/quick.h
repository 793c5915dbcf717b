// What the files of a stage include and what takes long to compile.
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kv/v1/kv.grpc.pb.h"
