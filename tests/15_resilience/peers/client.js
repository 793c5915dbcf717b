// Gets and puts in a loop until its input ends: client.js TARGET CA_FILE TOKEN_FILE
//
// With usual settings, with the settings that these lack, and with a deadline
// and another attempt for each call besides. NODE_MODULES and PROTO are folders.
'use strict';
const fs = require('fs');
const grpc = require(`${process.env.NODE_MODULES}/@grpc/grpc-js`);
const loader = require(`${process.env.NODE_MODULES}/@grpc/proto-loader`);

const [target, ca, tokenFile] = process.argv.slice(2);
const definition = loader.loadSync('kv/v1/kv.proto', { includeDirs: [process.env.PROTO], keepCase: true });
const { KeyValueService } = grpc.loadPackageDefinition(definition).kv.v1;
const usual = { 'grpc.ssl_target_name_override': 'localhost', 'grpc.use_local_subchannel_pool': 1 };
const config = { // Node's client has no health checking
  loadBalancingConfig: [{ round_robin: {} }],
  methodConfig: [{ name: [{ service: 'kv.v1.KeyValueService' }], retryPolicy: {
    maxAttempts: 4, initialBackoff: '0.05s', maxBackoff: '0.5s', backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE'] } }],
};
const settings = {
  ...usual, 'grpc.service_config': JSON.stringify(config), 'grpc.keepalive_time_ms': 20_000, 'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000,
};
const { status } = grpc;
const again = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.CANCELLED, status.INTERNAL, status.UNKNOWN]);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const token = grpc.credentials.createFromMetadataGenerator((_, callback) => {
  const metadata = new grpc.Metadata();
  metadata.set('token', fs.readFileSync(tokenFile, 'utf8').trim().split(/\s+/).pop());
  callback(null, metadata);
});
let stop = false;

// Makes attempts with these limits in milliseconds. Returns the last status code.
async function attempt(client, method, request, waitForReady, limits) {
  let code;
  for (const limit of limits) {
    code = await new Promise((resolve) => {
      const options = { deadline: Date.now() + limit };
      client[method](request, new grpc.Metadata({ waitForReady }), options, (error) => resolve(error ? error.code : 0));
    });
    if (!again.has(code)) return code;
    if (limits.length > 1) await sleep(100);
  }
  return code;
}

async function run(name, options, limits) {
  const key = `peer/node/${name}`;
  const credentials = grpc.credentials.combineChannelCredentials(grpc.credentials.createSsl(fs.readFileSync(ca)), token);
  const client = new KeyValueService(target, credentials, options);
  const row = { client: 'Node', settings: name, key, calls: 0, failed: 0, longest_ms: 0, codes: {} };
  while (!stop) {
    await sleep(10);
    row.calls += 1;
    const begin = performance.now();
    const code = row.calls % 2 ? await attempt(client, 'Put', { key, value: Buffer.from(`${row.calls}`) }, name !== 'usual', limits)
      : await attempt(client, 'Get', { key }, name !== 'usual', limits);
    row.longest_ms = Math.max(row.longest_ms, Math.round(performance.now() - begin));
    if (code === status.OK || code === status.NOT_FOUND) continue;
    row.failed += 1;
    row.codes[status[code]] = (row.codes[status[code]] ?? 0) + 1;
  }
  client.close();
  console.log(JSON.stringify(row));
}

process.stdin.resume().on('end', () => { stop = true; });
run('usual', usual, [5000]);
run('settings', settings, [5000]);
run('attempts', settings, Array(10).fill(1000));
