"""Gets and puts in a loop until its input ends: client.py TARGET CA_FILE TOKEN_FILE

With usual settings, with the settings that these lack, and with a deadline and another attempt for each call besides. Needs
Debian's python3-grpcio and our generated modules.
"""
import json
import pathlib
import sys
import threading
import time

import grpc
from kv.v1 import kv_pb2, kv_pb2_grpc

SERVICE = "kv.v1.KeyValueService"
DIRECT = sys.argv[1].startswith("ipv4:")  # a proxy would tell the health of one server
CONFIG = {"loadBalancingConfig": [{"round_robin": {}}], **({"healthCheckConfig": {"serviceName": SERVICE}} if DIRECT else {}),
          "methodConfig": [{"name": [{"service": SERVICE}], "retryPolicy": {
              "maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "0.5s", "backoffMultiplier": 2,
              "retryableStatusCodes": ["UNAVAILABLE"]}}]}
USUAL = [("grpc.default_authority", "localhost"), ("grpc.use_local_subchannel_pool", 1)]
SETTINGS = [*USUAL, ("grpc.service_config", json.dumps(CONFIG)), ("grpc.keepalive_time_ms", 20_000), ("grpc.keepalive_timeout_ms", 5_000),
            ("grpc.http2.max_pings_without_data", 0), ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 1_000), ("grpc.max_reconnect_backoff_ms", 1_000)]
TOKEN = pathlib.Path(sys.argv[3]).read_text(encoding="utf-8").split()[-1]
stop = threading.Event()
rows: list[dict[str, object]] = []


def add_token(_: object, callback: grpc.AuthMetadataPluginCallback) -> None:
    """Sends the token with each call."""
    callback((("token", TOKEN),), None)


def attempt(call: grpc.UnaryUnaryMultiCallable, request: object, wait: bool, limits: list[float]) -> str:
    """Makes attempts with these limits in seconds. Returns the name of the last status."""
    for limit in limits:
        try:
            call(request, timeout=limit, wait_for_ready=wait)
            return "OK"
        except grpc.RpcError as error:
            code = error.code().name
            if code not in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "INTERNAL", "UNKNOWN"):
                return code
            if len(limits) > 1:
                time.sleep(0.1)
    return code


def run(settings: str, options: list[tuple[str, object]], limits: list[float]) -> None:
    """Calls until `stop`, then adds to `rows`."""
    key, codes, number, longest = f"peer/python/{settings}", {}, 0, 0.0
    credentials = grpc.composite_channel_credentials(grpc.ssl_channel_credentials(pathlib.Path(sys.argv[2]).read_bytes()),
                                                     grpc.metadata_call_credentials(add_token))
    with grpc.secure_channel(sys.argv[1], credentials, options=options) as channel:
        stub = kv_pb2_grpc.KeyValueServiceStub(channel)
        while not stop.wait(0.01):
            number += 1
            call, request = stub.Get, kv_pb2.GetRequest(key=key)
            if number % 2:
                call, request = stub.Put, kv_pb2.PutRequest(key=key, value=b"%d" % number)
            begin = time.monotonic()
            code = attempt(call, request, settings != "usual", limits)
            longest = max(longest, time.monotonic() - begin)
            if code not in ("OK", "NOT_FOUND"):
                codes[code] = codes.get(code, 0) + 1
    rows.append({"client": "Python", "settings": settings, "key": key, "calls": number, "failed": sum(codes.values()),
                 "longest_ms": round(longest * 1000), "codes": codes})


threads = [threading.Thread(target=run, args=words)
           for words in (("usual", USUAL, [5]), ("settings", SETTINGS, [5]), ("attempts", SETTINGS, [1] * 10))]
for thread in threads:
    thread.start()
sys.stdin.read()
stop.set()
for thread in threads:
    thread.join()
for row in rows:
    print(json.dumps(row))
