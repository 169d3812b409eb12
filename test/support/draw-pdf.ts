/** PDFs of our own making, written byte by byte: text in Helvetica, or one JPEG that fills the page. */

export interface PdfText {
  readonly text: string;
  readonly x: number;
  /** From the top, in points. */
  readonly y: number;
  readonly size?: number;
}
export interface PdfPageSource {
  readonly texts?: readonly PdfText[];
  readonly jpeg?: { readonly bytes: Uint8Array; readonly width: number; readonly height: number };
  readonly width?: number;
  readonly height?: number;
}

export function drawPdf(
  pages: readonly PdfPageSource[],
  /** Further entries of the catalogue, as PDF syntax. */
  catalogue = '',
): Uint8Array {
  const objects: Buffer[] = [];
  const add = (body: string | Buffer) => objects.push(Buffer.from(body));
  const firstPage = 4;
  const kids = pages.map((_, i) => `${firstPage + 3 * i} 0 R`).join(' ');
  add(`<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`);
  add(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  for (const [i, { texts = [], jpeg, width = 595, height = 842 }] of pages.entries()) {
    const own = firstPage + 3 * i;
    const images = jpeg ? `/XObject << /I ${own + 2} 0 R >>` : '';
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${own + 1} 0 R /Resources << /Font << /F 3 0 R >> ${images} >> >>`,
    );
    const drawn = texts.map(
      ({ text, x, y, size = 11 }) =>
        `BT /F ${size} Tf 1 0 0 1 ${x} ${height - y} Tm (${text.replaceAll(/[()\\]/g, '\\$&')}) Tj ET`,
    );
    const picture = jpeg ? `q ${width} 0 0 ${height} 0 0 cm /I Do Q` : '';
    add(stream('', Buffer.from([picture, ...drawn].join('\n'), 'latin1')));
    add(
      jpeg
        ? stream(
            `/Type /XObject /Subtype /Image /Width ${jpeg.width} /Height ${jpeg.height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode`,
            Buffer.from(jpeg.bytes),
          )
        : 'null',
    );
  }
  return assemble(objects);
}

function stream(entries: string, body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`<< ${entries} /Length ${body.length} >>\nstream\n`),
    body,
    Buffer.from('\nendstream'),
  ]);
}

function assemble(objects: readonly Buffer[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let at = parts[0]?.length ?? 0;
  const push = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  for (const [i, body] of objects.entries()) {
    offsets.push(at);
    push(Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), body, Buffer.from('\nendobj\n')]));
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  const start = at;
  push(
    Buffer.from(
      `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
  return new Uint8Array(Buffer.concat(parts));
}

/** An electricity bill to nobody. */
export const utopianBill: readonly PdfText[] = [
  { text: 'Utopia Power Ltd', x: 380, y: 60, size: 14 },
  { text: '1 Dam Road', x: 380, y: 78 },
  { text: '10000 Zenith', x: 380, y: 92 },
  { text: 'Anna Maria Legrand', x: 70, y: 150 },
  { text: '24 Lake Street', x: 70, y: 165 },
  { text: '10437 Zenith', x: 70, y: 180 },
  { text: 'Invoice date: 12.10.2026', x: 380, y: 220 },
  { text: 'Due date: 30.10.2026', x: 380, y: 236 },
  { text: 'Electricity from 01.07.2026 to 30.09.2026, meter 4711', x: 70, y: 300 },
  { text: 'Amount due 84.20', x: 70, y: 320 },
];
