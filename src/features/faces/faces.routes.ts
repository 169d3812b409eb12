import { z } from 'zod';
import type { TaskRunner } from '../../core/task.ts';
import { ImageField, imageRoute } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import { analyseFaces } from './analyse-faces.task.ts';
import { compareFaces, type FaceModels } from './compare-faces.usecase.ts';
import {
  ComparisonJson,
  DetectionJson,
  toComparisonJson,
  toDetectionJson,
} from './face-schemas.ts';
import { qualityFilters } from './quality-filter.ts';
import { DEFAULT_SIMILARITY_THRESHOLD } from './similarity.ts';

export interface FaceRoutesOptions {
  readonly vision: TaskRunner;
  readonly models: FaceModels;
}

const Threshold = z
  .number()
  .min(0)
  .max(100)
  .default(DEFAULT_SIMILARITY_THRESHOLD)
  .describe('Least similarity of a match, 0 to 100; docs/faces.md says how often 80 is wrong.');

const Filter = z
  .enum(qualityFilters)
  .default('NONE')
  .describe('Faces of lower quality are neither matched nor unmatched.');

/** `POST /v1/faces/detect` and `/v1/faces/compare`. Nothing of them is stored. */
export function addFaceRoutes(app: App, { vision, models }: FaceRoutesOptions): void {
  app.post(
    '/v1/faces/detect',
    {
      config: { access: 'faces', idempotent: true, ...imageRoute(['image']) },
      schema: {
        operationId: 'detectFaces',
        summary: 'Find the faces on a picture',
        description:
          'All faces from 30 pixels wide, at most 100, with landmarks, pose, quality and an age estimate. A picture without a face is answered with an empty list.',
        tags: ['Faces'],
        body: z.strictObject({ image: ImageField }),
        response: { 200: DetectionJson },
      },
    },
    async ({ body, signal }) => {
      const input = { bytes: body.image.bytes, name: 'image', scope: 'all', age: true } as const;
      return toDetectionJson(await vision.run(analyseFaces, input, { signal }));
    },
  );

  app.post(
    '/v1/faces/compare',
    {
      config: {
        access: 'faces',
        idempotent: true,
        ...imageRoute(['source', 'target'], ['similarity_threshold']),
      },
      schema: {
        operationId: 'compareFaces',
        summary: 'Compare the faces of two pictures',
        description: 'The largest face of `source` against every face of `target`.',
        tags: ['Faces'],
        body: z.strictObject({
          source: ImageField,
          target: ImageField,
          similarity_threshold: Threshold,
          quality_filter: Filter,
        }),
        response: { 200: ComparisonJson },
      },
    },
    async ({ body, signal }) => {
      const images = { source: body.source.bytes, target: body.target.bytes };
      const { similarity_threshold: similarityThreshold, quality_filter: qualityFilter } = body;
      const options = { similarityThreshold, qualityFilter, signal };
      return toComparisonJson(await compareFaces(vision, models, images, options));
    },
  );
}
