import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import { drawZone } from '../../../test/support/draw-zone.ts';
import { photograph } from '../../../test/support/photographs.ts';
import { openTaskPorts } from '../../../test/support/task-ports.ts';
import { renderScene } from '../../../tools/document-scenes/render-scene.ts';
import { type Glyph, loadGlyphs } from '../../../tools/train-mrz/glyph-atlas.ts';
import { seededRandom } from '../../../tools/train-mrz/random.ts';
import type { RgbImage } from '../../core/image.ts';
import type { TaskPorts } from '../../core/task.ts';
import { readBarcodes } from '../../platform/barcodes/zxing.ts';
import { encodeJpeg } from '../../platform/media/image.ts';
import { drawOverlay } from '../../platform/media/overlay.ts';
import { analyseFaces } from '../faces/index.ts';
import { resolveModels } from '../models/index.ts';
import { DocumentReadingJson, toDocumentJson } from './document-schemas.ts';
import { readDocument } from './read-document.task.ts';

const today = '2026-11-20';
let ports: TaskPorts;
let withJpeg: TaskPorts;
let glyphs: readonly Glyph[];

beforeAll(async () => {
  const { models } = await resolveModels();
  ports = { ...openTaskPorts(models), readBarcodes };
  withJpeg = { ...ports, encodeJpeg };
  glyphs = (await loadGlyphs())[0] ?? [];
});

/** A light card with bands and a zone of three lines on dark ground. */
async function drawnCard(zone: readonly string[]): Promise<RgbImage> {
  const strip = await drawZone(glyphs, zone, { pitch: 18, angle: 0 });
  const png = await sharp(strip.data, {
    raw: { width: strip.width, height: strip.height, channels: 3 },
  })
    .extract({ left: 90, top: 80, width: 576, height: strip.height - 160 })
    .png()
    .toBuffer();
  const { data, info } = await sharp({
    create: { width: 1100, height: 800, channels: 3, background: '#2b3038' },
  })
    .composite([
      {
        input: await sharp({
          create: { width: 640, height: 404, channels: 3, background: '#e8e8e8' },
        })
          .png()
          .toBuffer(),
        left: 220,
        top: 180,
      },
      { input: png, left: 252, top: 410 },
    ])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}

const zone = [
  'I<UTOD231458907<<<<<<<<<<<<<<<',
  '7408122F1204159UTO<<<<<<<<<<<6',
  'ERIKSSON<<ANNA<MARIA<<<<<<<<<<',
];

describe('a card on a dark table', () => {
  it('is outlined, read and sized, and its JSON keeps its schema', async () => {
    const image = await drawnCard(zone);
    const reading = await readDocument.run(ports, { image, name: 'image', today, side: 'back' });
    expect(reading.mrz?.lines).toEqual(zone);
    expect(reading.outline?.size).toBe('ID-1');
    const [topLeft] = reading.outline?.corners ?? [];
    expect(topLeft?.x).toBeCloseTo(220, -1);
    expect(topLeft?.y).toBeCloseTo(180, -1);
    const json = toDocumentJson(reading, { calibration: undefined });
    expect(DocumentReadingJson.parse(json)).toEqual(json);
    expect(json.mrz?.fields).toMatchObject({ surname: 'ERIKSSON', birth_date: '1974-08-12' });
    expect(json.hints).toEqual([]);
  });

  it('that fills its picture, as a scan does, has the whole picture as outline and is not cut off', async () => {
    const { data, width, height } = await drawnCard(zone);
    const scan = await sharp(data, { raw: { width, height, channels: 3 } })
      .extract({ left: 220, top: 180, width: 640, height: 404 })
      .raw()
      .toBuffer();
    const image = { data: new Uint8Array(scan), width: 640, height: 404 };
    const reading = await readDocument.run(ports, { image, name: 'image', today });
    expect(reading.outline?.corners.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [640, 0],
      [640, 404],
      [0, 404],
    ]);
    expect(reading.hints).toEqual([]);
  });

  it('upside down is turned, and the wrong side is said to be so', async () => {
    const image = await drawnCard(zone);
    const { data } = await sharp(image.data, {
      raw: { width: image.width, height: image.height, channels: 3 },
    })
      .rotate(180)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const turned = { ...image, data: new Uint8Array(data) };
    const reading = await readDocument.run(ports, {
      image: turned,
      name: 'image',
      today,
      side: 'front',
    });
    expect(reading.mrz?.valid).toBe(true);
    const [topLeft] = reading.outline?.corners ?? [];
    expect(topLeft?.x).toBeCloseTo(1100 - 220, -1);
    expect(reading.hints).toEqual(['wrong_side']);
  });

  it('can be drawn on for a person to look at', async () => {
    const image = await drawnCard(zone);
    const file = await sharp(image.data, {
      raw: { width: image.width, height: image.height, channels: 3 },
    })
      .png()
      .toBuffer();
    const marks = [
      {
        corners: [
          { x: 10, y: 10 },
          { x: 90, y: 10 },
          { x: 90, y: 90 },
        ],
        colour: '#ff0000',
        label: 'a"<b>',
      },
    ];
    const { width, height } = await sharp(await drawOverlay(file, marks)).metadata();
    expect([width, height]).toEqual([1100, 800]);
  });
});

describe('the portrait', () => {
  it('is found with its ghost image on a card that lies on its head, and cut out upright', async () => {
    const demo = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
    const photo = await sharp(readFileSync(new URL('demo/sample1.jpg', `file://${demo}`)))
      .resize(1200)
      .toBuffer();
    const [face] = (
      await analyseFaces.run(ports, { bytes: photo, name: 'photo', scope: 'largest' })
    ).faces;
    if (!face) throw new Error('expected a face');
    const { x, y, width, height } = face.box;
    const square = Math.round(1.7 * Math.max(width, height));
    const left = Math.max(0, Math.round(x + width / 2 - square / 2));
    const top = Math.max(0, Math.round(y + height / 2 - square / 2));
    const cut = sharp(photo).extract({ left, top, width: square, height: square });
    const [large, small] = [
      await cut.clone().resize(220, 220).png().toBuffer(),
      await cut.clone().resize(110, 110).png().toBuffer(),
    ];
    const card = sharp({ create: { width: 760, height: 480, channels: 3, background: '#e8e8e8' } });
    const front = await card
      .composite([
        { input: large, left: 50, top: 120 },
        { input: small, left: 600, top: 60 },
      ])
      .png()
      .toBuffer();
    const table = sharp({
      create: { width: 1200, height: 900, channels: 3, background: '#2b3038' },
    });
    const { data, info } = await table
      .composite([{ input: await sharp(front).rotate(180).toBuffer(), left: 200, top: 200 }])
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { data: new Uint8Array(data), width: info.width, height: info.height };
    const reading = await readDocument.run(withJpeg, {
      image,
      name: 'image',
      today,
      wantsPortrait: true,
    });
    const { portrait } = reading;
    expect(portrait?.box.x).toBeLessThan(300);
    expect(portrait?.ghost?.box.x).toBeGreaterThan(700);
    expect(portrait?.ghost?.cosine).toBeGreaterThan(0.85);
    expect(reading.outline?.corners[0].x).toBeGreaterThan(900);
    const again = await analyseFaces.run(ports, {
      bytes: portrait?.jpeg ?? new Uint8Array(),
      name: 'portrait',
    });
    expect(Math.abs(again.faces[0]?.pose.roll ?? 180)).toBeLessThan(30);
    const json = toDocumentJson(reading, { calibration: undefined });
    expect(DocumentReadingJson.parse(json)).toEqual(json);
  });
});

describe('the back of a driving licence', () => {
  it('is read from its PDF417, upside down too', async () => {
    const wasm = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
    prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(readFileSync(wasm)).buffer } });
    const text =
      '@\n\u001e\rANSI 636015100002DL00410278ZT03190008DLDAQ12345678\nDCSDOE\nDACJANE\nDBB02291988\nDBA08212020\n\r';
    const { svg } = await writeBarcode(text, { format: 'PDF417', scale: 2 });
    const barcode = await sharp(Buffer.from(svg))
      .flatten({ background: '#ffffff' })
      .png()
      .toBuffer();
    const { data, info } = await sharp({
      create: { width: 1200, height: 900, channels: 3, background: '#404a3c' },
    })
      .composite([
        {
          input: await sharp({
            create: { width: 800, height: 504, channels: 3, background: '#f4f4f0' },
          })
            .png()
            .toBuffer(),
          left: 200,
          top: 200,
        },
        { input: barcode, left: 260, top: 320 },
      ])
      .removeAlpha()
      .rotate(180)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = { data: new Uint8Array(data), width: info.width, height: info.height };
    const reading = await readDocument.run(ports, { image, name: 'image', today, side: 'back' });
    expect(reading.hints).toEqual([]);
    expect(toDocumentJson(reading, { calibration: undefined }).barcodes).toMatchObject([
      {
        format: 'PDF417',
        standard: 'aamva',
        version: '10',
        fields: { surname: 'DOE', given_names: 'JANE', expiry_date: '2020-08-21' },
      },
    ]);
  });
});

describe('drawn scenes', () => {
  it('give four corners close to the truth on most grounds', async () => {
    let close = 0;
    for (let seed = 0; seed < 4; seed++) {
      const { image, corners } = await renderScene(seededRandom(7000 + seed), glyphs);
      const { outline } = await readDocument.run(ports, { image, name: 'image', today });
      const diagonal = Math.hypot(corners[0].x - corners[2].x, corners[0].y - corners[2].y);
      const far = corners.map(({ x, y }) =>
        Math.min(
          ...(outline?.corners ?? []).map((corner) => Math.hypot(corner.x - x, corner.y - y)),
          1e4,
        ),
      );
      if (Math.max(...far) < 0.02 * diagonal) close++;
    }
    // A floor against regressions; bench:documents measures.
    expect(close).toBeGreaterThanOrEqual(2);
  });

  it('of people only hint that there is no document', async () => {
    const image = await ports.decodeImage(photograph(6), 'image');
    const reading = await readDocument.run(ports, { image, name: 'image', today });
    expect(reading.hints).toEqual(['no_document']);
  });

  it('without any document hint so', async () => {
    const image = { data: new Uint8Array(800 * 600 * 3).fill(120), width: 800, height: 600 };
    const reading = await readDocument.run(ports, { image, name: 'image', today });
    expect(reading.hints).toEqual(['no_document']);
    expect(toDocumentJson(reading, { calibration: undefined })).toMatchObject({
      outline: null,
      mrz: null,
      barcodes: [],
      portrait: null,
    });
  });
});
