import type { Box } from '../../core/image.ts';
import type { Task } from '../../core/task.ts';
import { halve } from '../../vision/image/pyramid.ts';
import { analyseFaces } from '../faces/index.ts';

export interface CutAuditImagesInput {
  /** JPEG files; the first is the reference. */
  readonly images: readonly Uint8Array[];
}

export interface AuditImage {
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Of the largest face; absent where there is none. */
  readonly face?: Box;
}

/** Largest picture in an answer, as that service has it. */
const MAX_BYTES = 204_800;

/** Pictures of a session with the place of the face on them, each small enough for an answer. */
export const cutAuditImages: Task<CutAuditImagesInput, readonly AuditImage[]> = {
  name: 'cut-audit-images',
  timeoutMs: 30_000,
  async run(ports, { images }) {
    const cut: AuditImage[] = [];
    for (const bytes of images) {
      let image = await ports.decodeImage(bytes, 'image');
      let jpeg = bytes;
      while (jpeg.length > MAX_BYTES) {
        image = halve(image);
        jpeg = await ports.encodeJpeg(image, 80);
      }
      const { faces } = await analyseFaces.run(ports, { image, name: 'image' });
      const { width, height } = image;
      cut.push({ jpeg, width, height, ...(faces[0] && { face: faces[0].box }) });
    }
    return cut;
  },
};
