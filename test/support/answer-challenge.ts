import { createHash } from 'node:crypto';
import { makeRecording, type Recording } from '../../bench/attacks/film.ts';
import { openLocalPorts } from '../../bench/attacks/local-ports.ts';
import { loadSources, splits } from '../../bench/attacks/sources.ts';
import { attackSpecies, bonaFideVariants } from '../../bench/attacks/species.ts';
import type { ChallengeScript, Movement } from '../../src/features/liveness/index.ts';
import { seeded } from './seeded.ts';
import { sharedPath } from './shared.ts';

interface DrawnChallenge {
  readonly id: string;
  readonly duration_ms: number;
  readonly steps: readonly { movement: Movement; start_ms: number; end_ms: number }[];
}

type Headers = Record<string, string>;

/** Somebody of the attack laboratory with a capture link: draws the challenge, records, uploads. */
export async function openPerformer() {
  const ports = await openLocalPorts();
  const { clips, photos } = splits.tuning;
  const few = { clips: clips.slice(0, 1), photos: photos.slice(0, 1) };
  const sources = await loadSources(ports, few, sharedPath('data'));

  function record(species: string, script: ChallengeScript, seed: number): Promise<Recording> {
    const recipe = bonaFideVariants[species] ?? attackSpecies[species];
    if (!recipe) throw new Error(`No such species: ${species}`);
    return makeRecording(ports, sources, recipe, 0, seeded(seed), script);
  }

  return {
    /** Opens the link and answers as the species would; resolves when the recording is acknowledged. */
    async answer(baseUrl: string, link: string, species: string, seed: number): Promise<void> {
      const [, session = '', secret = ''] = /\/verify\/([^#]+)#(.+)$/.exec(link) ?? [];
      const call = (path: string, body: unknown, headers: Headers) =>
        callCapture(`${baseUrl}/capture/v1/${path}`, body, headers);
      const { token } = await call('token', { session, secret }, {});
      const page = { authorization: `Bearer ${token}` };
      const challenge = (await call('challenges', undefined, page)) as unknown as DrawnChallenge;
      const { bytes } = await record(species, toScript(challenge), seed);
      const { id } = await call('uploads', { stream: 'face' }, page);
      await call(`uploads/${id}/parts/1`, bytes, page);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const claim = { size: bytes.length, sha256, challenge: { id: challenge.id } };
      await call(`uploads/${id}/complete`, claim, page);
    },
  };
}

function toScript({ id, duration_ms, steps }: DrawnChallenge): ChallengeScript {
  return {
    id,
    durationMs: duration_ms,
    steps: steps.map(({ movement, start_ms, end_ms }) => ({
      movement,
      startMs: start_ms,
      endMs: end_ms,
    })),
    flashes: [],
  };
}

async function callCapture(
  url: string,
  body: unknown,
  headers: Headers,
): Promise<Record<string, string>> {
  const isBytes = body instanceof Uint8Array;
  const type = isBytes ? 'application/octet-stream' : 'application/json';
  const reply = await fetch(url, {
    method: isBytes ? 'PUT' : 'POST',
    headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${url}: ${reply.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
