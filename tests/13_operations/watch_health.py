"""Prints what a server's health is, and each change: watch_health.py ADDRESS"""
import sys

import grpc

# SERVING is field 1 with the value 1. See proto/grpc/health/v1/health.proto.
NAMES = {b"\x08\x01": "SERVING", b"\x08\x02": "NOT_SERVING"}

# [watch]
with grpc.insecure_channel(sys.argv[1]) as channel:
    try:
        for answer in channel.unary_stream("/grpc.health.v1.Health/Watch")(b""):
            print(NAMES[answer], flush=True)
    except grpc.RpcError as error:
        print(error.code().name, flush=True)
# [watch]
