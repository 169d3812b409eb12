import sharp from 'sharp';
import type { RgbImage } from '../../src/core/image.ts';
import type { DocumentTemplate } from '../../src/features/documents/templates.ts';

/** A card of our own making: the state of Utopia, and nobody's data. */
export const utopianCard = {
  surname: 'LÉGRAND',
  given_names: 'ZOÉ MARIA',
  birth_date: '07 MAR/MARS 1991',
  birth_place: 'ZENITH',
  sex: 'F',
  document_number: 'D23145890',
  issue_date: '16.04.2021',
  expiry_date: '15.04.2031',
};

type Place = readonly [label: string, x: number, y: number];
/** Label, and where its value stands under it, in tenths of a millimetre on an ID-1 card. */
const places: Readonly<Record<keyof typeof utopianCard, Place>> = {
  surname: ['Surname / Nom', 300, 110],
  given_names: ['Given names / Prénoms', 300, 185],
  birth_date: ['Date of birth / Date de naissance', 300, 260],
  sex: ['Sex / Sexe', 650, 260],
  birth_place: ['Place of birth / Lieu de naissance', 300, 335],
  document_number: ['Document No.', 620, 60],
  issue_date: ['Date of issue', 300, 410],
  expiry_date: ['Date of expiry', 560, 410],
};

/** The template of that card, as a person would write it after looking at one. */
export const utopianTemplate: DocumentTemplate = {
  id: 'UTO-id_card-test-front',
  issuing_state: 'UTO',
  type: 'id_card',
  version: 'test',
  size: 'ID-1',
  side: 'front',
  dates: 'DMY',
  number: 'A99999999',
  anchors: [
    ['UTOPIA', 0.15, 0.1],
    ['IDENTITY', 0.46, 0.11],
    ['Surname', 0.4, 0.2],
    ['Given', 0.38, 0.34],
    ['Prénoms', 0.53, 0.34],
  ],
  fields: Object.fromEntries(
    Object.entries(places).map(([name, [, x, y]]) => [
      name,
      [
        (x - 12) / 856,
        (y + 8) / 540,
        name === 'sex' ? 0.1 : name === 'birth_date' ? 0.36 : 0.29,
        0.075,
      ],
    ]),
  ),
};

export interface DrawnDocument {
  readonly values?: Partial<typeof utopianCard>;
  /** Pixels a millimetre. */
  readonly scale?: number;
  /** Without them there is nothing to go by but the places. */
  readonly hasLabels?: boolean;
}

/** The card seen from straight above, filling the picture. */
export async function drawDocument({
  values = {},
  scale = 14,
  hasLabels = true,
}: DrawnDocument = {}): Promise<RgbImage> {
  const shown = { ...utopianCard, ...values };
  const fields = Object.entries(places).map(([name, [label, x, y]]) => {
    const value = shown[name as keyof typeof shown];
    const caption = hasLabels
      ? `<text x="${x}" y="${y}" font-size="17" fill="#345">${label}</text>`
      : '';
    return `${caption}<text x="${x}" y="${y + 38}" font-size="29" fill="#111">${value}</text>`;
  });
  const waves = Array.from(
    { length: 27 },
    (_, i) =>
      `<path d="M0 ${20 * i} q 214 ${30 - 2 * i} 428 0 t 428 0" fill="none" stroke="#c9dbe6" stroke-width="2"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${85.6 * scale}" height="${54 * scale}" viewBox="0 0 856 540" font-family="DejaVu Sans, sans-serif">
<rect width="856" height="540" fill="#eef4f2"/>${waves.join('')}
<text x="60" y="66" font-size="36" font-weight="bold" fill="#123">UTOPIA</text>
<text x="330" y="66" font-size="24" fill="#123">IDENTITY CARD</text>
<rect x="40" y="130" width="210" height="270" fill="#b9c4c9"/>${fields.join('')}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
}
