"""Makes one call and then does nothing: idle_client.py ADDRESS"""
import sys

import grpc

with grpc.insecure_channel(sys.argv[1]) as channel:
    channel.unary_unary("/grpc.health.v1.Health/Check")(b"")
    print("idle", flush=True)
    sys.stdin.read()
