/** The card of the demo: drawn, of no real state, for a person who does not exist. Pure: facts in, SVG out. */

export interface SpecimenCard {
  /** JPEG of the holder, cut to 3:4. */
  portraitJpeg: Uint8Array;
  surname: string;
  givenNames: string;
  birthDate: string;
  documentNumber: string;
}

/** ID-1 at 12 pixels a millimetre (85.60 × 53.98 mm, ISO/IEC 7810). */
export const cardSize = { width: 1027, height: 648 } as const;

export function drawSpecimenCard(card: SpecimenCard): string {
  const { width, height } = cardSize;
  const portrait = Buffer.from(card.portraitJpeg).toString('base64');
  const fields = [
    ['SURNAME', card.surname],
    ['GIVEN NAMES', card.givenNames],
    ['DATE OF BIRTH', card.birthDate],
    ['DOCUMENT NO.', card.documentNumber],
  ];
  const rows = fields.map(
    ([label, value], i) => `
    <text x="420" y="${200 + i * 100}" font-size="22" fill="#3c5a78">${label}</text>
    <text x="420" y="${238 + i * 100}" font-size="34" fill="#14202c" font-weight="bold">${value}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">
  <defs><linearGradient id="ground" x2="1" y2="1"><stop stop-color="#e8f1f8"/><stop offset="1" stop-color="#d3e3d8"/></linearGradient></defs>
  <rect width="${width}" height="${height}" rx="38" fill="url(#ground)"/>
  ${drawGuilloche(width, height)}
  <rect width="${width}" height="110" fill="#24486c"/>
  <text x="48" y="72" font-size="44" fill="#fff" font-weight="bold">UTOPIA</text>
  <text x="${width - 48}" y="72" font-size="30" fill="#cfe0ef" text-anchor="end">IDENTITY CARD · SPECIMEN</text>
  <image x="48" y="150" width="330" height="440" preserveAspectRatio="xMidYMid slice" xlink:href="data:image/jpeg;base64,${portrait}"/>
  <rect x="48" y="150" width="330" height="440" fill="none" stroke="#24486c" stroke-width="3"/>${rows.join('')}
</svg>`;
}

/** Fine waves, as on paper that must not be copied; here they only make the picture less easy. */
function drawGuilloche(width: number, height: number): string {
  const waves = Array.from({ length: 24 }, (_, i) => {
    const y = 120 + (i * (height - 130)) / 24;
    const points = Array.from(
      { length: 41 },
      (_, k) => `${(k * width) / 40},${(y + 14 * Math.sin(k / 2.2 + i)).toFixed(1)}`,
    );
    return `<polyline points="${points.join(' ')}"/>`;
  });
  return `<g fill="none" stroke="#8fb3a0" stroke-opacity="0.5">${waves.join('')}</g>`;
}
