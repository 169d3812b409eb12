import { z } from 'zod';
import type { FaceEmbedding } from '../../vision/tasks/embed-face.ts';

const Stored = z.strictObject({
  vectors: z.array(
    z.strictObject({
      model: z.strictObject({ name: z.string(), version: z.string(), sha256: z.string() }),
      /** Little-endian float32 in base64. */
      vector: z.base64(),
    }),
  ),
});

/** The artifact `embedding`: JSON, each vector with the model that gave it. */
export function packEmbedding(embedding: FaceEmbedding): Uint8Array {
  const vectors = embedding.map(({ model: { name, version, sha256 }, vector }) => ({
    model: { name, version, sha256 },
    vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64'),
  }));
  return Buffer.from(JSON.stringify({ vectors } satisfies z.infer<typeof Stored>));
}

export function unpackEmbedding(bytes: Uint8Array): FaceEmbedding {
  const { vectors } = Stored.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return vectors.map(({ model, vector }) => {
    const raw = new Uint8Array(Buffer.from(vector, 'base64'));
    return { model, vector: new Float32Array(raw.buffer) };
  });
}
