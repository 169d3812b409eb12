import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawPdf, utopianBill } from '../../../test/support/draw-pdf.ts';
import { drawZone } from '../../../test/support/draw-zone.ts';
import { type Service, startService } from '../../../test/support/service.ts';
import { loadGlyphs } from '../../../tools/train-mrz/glyph-atlas.ts';
import { encodePng } from '../../platform/media/image.ts';

/** The specimen of ICAO Doc 9303 part 4. */
const zone = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
];

describe('POST /v1/documents/read', () => {
  let service: Service;
  let key: string;
  let picture: Uint8Array<ArrayBuffer>;

  beforeAll(async () => {
    service = await startService({ vision: true });
    key = await service.newApiKey(await service.newTenant('acme'));
    const [glyphs = []] = await loadGlyphs();
    const drawn = await drawZone(glyphs, zone, { pitch: 18, angle: 0 });
    picture = Uint8Array.from(await encodePng(drawn));
  });
  afterAll(() => service?.close());

  const read = (body: string | FormData, headers: Record<string, string> = {}) =>
    fetch(`${service.url}/v1/documents/read`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, ...headers },
      body,
    });

  it('reads the zone of a picture sent as a part, and says what it says', async () => {
    const form = new FormData();
    form.set('image', new Blob([picture], { type: 'image/png' }), 'passport.png');
    const reply = await read(form);
    expect(reply.status).toBe(200);
    const text = await reply.text();
    for (const fact of ['ERIKSSON', 'ANNA MARIA', 'L898902C3', '1974-08-12']) {
      expect(text).toContain(fact);
    }
  });

  it('refuses unknown fields and files that are no picture', async () => {
    const json = { 'content-type': 'application/json' };
    const bytes = Buffer.from(picture).toString('base64');
    const unknown = await read(JSON.stringify({ image: { bytes }, colour: 'red' }), json);
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ code: 'validation_failed' });
    const form = new FormData();
    form.set('image', new Blob(['GIF89a no picture'], { type: 'image/png' }), 'scan.png');
    const noPicture = await read(form);
    expect(noPicture.status).toBe(415);
    expect(await noPicture.json()).toMatchObject({ code: 'image_format_unsupported' });
  });

  it('reads a PDF as a proof of address, and refuses a broken one', async () => {
    const send = (bytes: Uint8Array) => {
      const form = new FormData();
      form.set('image', new Blob([Uint8Array.from(bytes)], { type: 'application/pdf' }), 'a.pdf');
      return read(form);
    };
    const reply = await send(drawPdf([{ texts: utopianBill }]));
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      image: { width: 595, height: 842 },
      mrz: null,
      visual: null,
      proof_of_address: {
        text_source: 'text_layer',
        issue_date: '2026-10-12',
        addresses: [{}, { name: 'Anna Maria Legrand', lines: ['24 Lake Street', '10437 Zenith'] }],
      },
    });
    const broken = await send(Buffer.from('%PDF-1.7 no file'));
    expect(broken.status).toBe(422);
    expect(await broken.json()).toMatchObject({ code: 'pdf_unreadable' });
  });
});
