import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { drawPdf, type PdfPageSource, utopianBill } from '../../test/support/draw-pdf.ts';
import { damagedFiles, type HostileFile } from '../../test/support/hostile-images.ts';

/** Crafted PDFs, then seeded damage of sound ones without end: nobody's data in any of them. */
export async function* hostilePdfs(seed: number): AsyncGenerator<HostileFile> {
  yield* craftedPdfs();
  yield* damagedFiles(await soundPdfs(), seed);
}

async function soundPdfs(): Promise<HostileFile[]> {
  const jpeg = await sharp({
    create: { width: 600, height: 800, channels: 3, background: '#f4f4f0' },
  })
    .jpeg()
    .toBuffer();
  const scan: PdfPageSource = { jpeg: { bytes: jpeg, width: 600, height: 800 } };
  const text = { texts: utopianBill };
  return [
    { name: 'text.pdf', bytes: Buffer.from(drawPdf([text])) },
    { name: 'scan.pdf', bytes: Buffer.from(drawPdf([scan])) },
    { name: 'both.pdf', bytes: Buffer.from(drawPdf([text, scan, text])) },
    { name: 'flate.pdf', bytes: withContent(flate(Buffer.from('BT /F 12 Tf 9 9 Td (A) Tj ET'))) },
  ];
}

const script =
  '<< /S /JavaScript /JS (while\\(true\\){}; app.launchURL\\("http://localhost/"\\)) >>';

function* craftedPdfs(): Generator<HostileFile> {
  const text = { texts: utopianBill };
  const file = (name: string, bytes: Uint8Array | string) => ({
    name: `crafted ${name}`,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes),
  });
  yield file('header only', '%PDF-1.7');
  yield file('header and nonsense', `%PDF-1.7\n${'nonsense '.repeat(10_000)}`);
  yield file('no catalogue', '%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer << /Root 9 0 R >>\n%%EOF');
  yield file('brackets', `%PDF-1.7\n1 0 obj\n${'['.repeat(1_000_000)}`);
  yield file('dictionaries', `%PDF-1.7\n1 0 obj\n${'<< /A '.repeat(300_000)}`);
  for (const pages of [11, 20, 500]) {
    const many = Array.from({ length: pages }, () => text);
    yield file(`${pages} pages with scripts`, drawPdf(many, `/OpenAction ${script}`));
  }
  for (const [width, height] of [
    [1e9, 1e9],
    [4_001, 10],
    [0, 0],
    [-5, -5],
    [1, 4_000],
  ] as const) {
    yield file(`page of ${width} by ${height}`, drawPdf([{ ...text, width, height }]));
  }
  for (const [name, entry] of Object.entries(catalogueEntries)) {
    yield file(name, drawPdf([text], entry));
  }
  for (const [name, kids] of Object.entries(pageTrees)) yield file(name, withKids(kids));
  for (const [name, content] of contents()) yield file(name, withContent(content));
  for (const [name, image] of Object.entries(images)) yield file(name, withImage(image));
  yield file('encrypted', encrypted());
  yield file('behind 900 bytes', Buffer.concat([Buffer.alloc(900, 32), drawPdf([text])]));
  yield file('15 MB and more', Buffer.concat([drawPdf([text]), Buffer.alloc(16e6)]));
}

const catalogueEntries: Readonly<Record<string, string>> = {
  'script on opening': `/OpenAction ${script}`,
  'program on opening': '/OpenAction << /S /Launch /F (/bin/sh) >>',
  'form of a form': '/AcroForm << /XFA (<xdp:xdp xmlns:xdp="x"/>) /Fields [1 0 R] >>',
  'names that name themselves': '/Names << /JavaScript << /Kids [1 0 R 1 0 R] >> >>',
  'outline in a ring': '/Outlines 1 0 R /First 1 0 R /Next 1 0 R',
};

const pageTrees: Readonly<Record<string, string>> = {
  'page tree in a ring': '[2 0 R]',
  'page tree of the catalogue': '[1 0 R]',
  'pages that are not there': '[900 0 R 901 0 R]',
  'pages that are no list': '7',
};

function* contents(): Generator<[string, string]> {
  const zeros = Buffer.alloc(80_000_000, '0 0 m ');
  yield ['content of 80 MB in 80 kB', flate(zeros)];
  const once = deflateSync(deflateSync(Buffer.alloc(50_000_000)));
  yield ['content packed twice', streamOf('/Filter [/FlateDecode /FlateDecode]', once)];
  yield ['filter a hundred times', streamOf(`/Filter [${'/FlateDecode '.repeat(100)}]`, once)];
  yield ['content of wrong length', '<< /Length -1 >>\nstream\nBT\nendstream'];
  yield ['content that is itself', '4 0 R'];
  yield ['100,000 words', flate(Buffer.from('BT /F 1 Tf (word ) Tj ET\n'.repeat(100_000)))];
  yield ['states without end', flate(Buffer.from('q '.repeat(500_000)))];
  yield ['numbers out of bounds', flate(Buffer.from('BT /F 1e308 Tf 9e999 -9e999 Td (A) Tj ET'))];
  yield ['form in itself', flate(Buffer.from('/X Do '.repeat(50)))];
  yield ['inline picture', flate(Buffer.from('BI /W 99999 /H 99999 /BPC 8 /CS /RGB ID xx EI'))];
}

const images: Readonly<Record<string, string>> = {
  'picture of 10^10 pixels': '/Width 100000 /Height 100000 /Filter /FlateDecode',
  'JPEG that is none': '/Width 100 /Height 100 /Filter /DCTDecode',
  'JPEG 2000 that is none': '/Width 100 /Height 100 /Filter /JPXDecode',
  'JBIG2 that is none': '/Width 100 /Height 100 /Filter /JBIG2Decode',
  'fax that is none': '/Width 30000 /Height 30000 /Filter /CCITTFaxDecode',
  'mask of itself': '/Width 10 /Height 10 /SMask 6 0 R',
};

function flate(content: Buffer): string {
  return streamOf('/Filter /FlateDecode', deflateSync(content));
}

function streamOf(entries: string, body: Buffer): string {
  return `<< ${entries} /Length ${body.length} >>\nstream\n${body.toString('latin1')}\nendstream`;
}

/** One page; object 4 is its content, 5 a form that draws itself, 6 a picture. No table of objects: readers search. */
function assemble(kids: string, content: string, image: string, trailer = ''): Buffer {
  const form = streamOf(
    '/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >>',
    Buffer.from('/X Do'),
  );
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids ${kids} /Count 1 >>`,
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 7 0 R >> /XObject << /X 5 0 R /I 6 0 R >> >> >>',
    content,
    form,
    streamOf(
      `/Type /XObject /Subtype /Image /ColorSpace /DeviceRGB /BitsPerComponent 8 ${image}`,
      Buffer.from('no picture'),
    ),
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  const body = objects.map((object, i) => `${i + 1} 0 obj\n${object}\nendobj\n`).join('');
  const end = `trailer\n<< /Size 8 /Root 1 0 R ${trailer} >>\nstartxref\n0\n%%EOF\n`;
  return Buffer.from(`%PDF-1.7\n${body}${end}`, 'latin1');
}

const plain = flate(Buffer.from('BT /F 12 Tf 20 800 Td (Text) Tj ET'));
const noPicture = '/Width 1 /Height 1';

function withKids(kids: string): Uint8Array {
  return assemble(kids, plain, noPicture);
}

function withContent(content: string): Buffer {
  return assemble('[3 0 R]', content, noPicture);
}

function withImage(image: string): Uint8Array {
  return assemble('[3 0 R]', flate(Buffer.from('595 0 0 842 0 0 cm /I Do')), image);
}

function encrypted(): Uint8Array {
  const secret = '<'.concat('ab'.repeat(32), '>');
  const encryption = `<< /Filter /Standard /V 1 /R 2 /O ${secret} /U ${secret} /P -44 >>`;
  return assemble('[3 0 R]', plain, noPicture, `/Encrypt ${encryption} /ID [<00> <00>]`);
}
