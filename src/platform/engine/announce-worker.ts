import type { EngineClient } from './engine-client.ts';

export interface Announcement {
  /** Where the engine reaches this process: `http://127.0.0.1:port`. */
  readonly workerUrl: string;
  /** Version of the code. Calls that began under another version are continued under its own URL. */
  readonly version: string;
  /** The engine serves this platform alone, so whatever it knows at another address has moved here. */
  readonly ownsEngine: boolean;
  readonly protocol?: 'http2' | 'http1';
}

/**
 * Tells the engine which handlers there are. Every version has its own URL, because a call that waits keeps
 * to the code that it began with.
 * @throws AppError engine_unavailable
 */
export async function announceWorker(
  client: EngineClient,
  { workerUrl, version, ownsEngine, protocol }: Announcement,
): Promise<void> {
  const origin = workerUrl.replace(/\/$/, '');
  const known = ownsEngine ? await client.deployments() : [];
  for (const deployment of known) {
    const path = new URL(deployment.uri).pathname.replace(/\/$/, '');
    const uri = `${origin}${path}`;
    if (deployment.uri.replace(/\/$/, '') !== uri) await client.move(deployment, uri);
  }
  await client.register(`${origin}/v/${encodeURIComponent(version)}`, protocol);
}
