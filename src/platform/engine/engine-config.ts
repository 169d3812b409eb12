/** Small embedded Restate 1.7: about 150 MB idle. Unknown keys are ignored in silence; keys are kebab-case. */
export function engineConfig(directory: string): string {
  return `# Written by Bonafide at every start; changes are lost.
base-dir = ${quote(directory)}
node-name = ${quote(nodeName)}
cluster-name = "bonafide"
# No port at all: ingress, admin and fabric are Unix sockets in a directory of mode 0700.
listen-mode = "unix"
disable-telemetry = true
disable-prometheus = true
default-num-partitions = 4
rocksdb-total-memory-size = "256 MiB"
shutdown-timeout = "5s"
log-format = "json"
log-filter = "warn,octocrab=off"
default-journal-retention = "0s"
default-idempotency-retention = "0s"
default-workflow-completion-retention = "0s"
[worker]
cleanup-interval = "10m"
[worker.invoker]
memory-limit = "256 MiB"
request-identity-private-key-pem-file = ${quote(`${directory}/identity.pem`)}
[admin]
disable-web-ui = true
[admin.query-engine]
memory-size = "128 MiB"
[bifrost]
record-cache-memory-size = "32 MiB"
`;
}

/** Short: it is part of the paths of sockets, which may have about 100 bytes. */
export const nodeName = 'n';

function quote(text: string): string {
  return JSON.stringify(text);
}
