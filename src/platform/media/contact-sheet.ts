import sharp from 'sharp';

export interface SheetTile {
  /** A JPEG of ours; without one the tile says only its text. */
  readonly jpeg: Uint8Array | undefined;
  /** The first stands over the picture, the others under it. */
  readonly title: string;
  readonly lines: readonly string[];
}

const columns = 4;
const tile = { width: 480, height: 420, picture: 310, title: 22, line: 15 } as const;
const mostLines = 5;

/** Pictures with text under them, four in a row, as PNG. */
export async function drawContactSheet(tiles: readonly SheetTile[]): Promise<Uint8Array> {
  const parts = await Promise.all(tiles.map(drawTile));
  const height = tile.height * Math.max(1, Math.ceil(tiles.length / columns));
  return sharp({
    create: { width: columns * tile.width, height, channels: 3, background: '#1b1b1f' },
  })
    .composite(
      parts.map((input, i) => ({
        input,
        left: (i % columns) * tile.width,
        top: Math.floor(i / columns) * tile.height,
      })),
    )
    .png()
    .toBuffer();
}

async function drawTile({ jpeg, title, lines }: SheetTile): Promise<Buffer> {
  const below = tile.title + tile.picture + tile.line;
  const text = lines
    .slice(0, mostLines)
    .map((line, i) => label(line, below + i * tile.line, 12, '#e8e8e8'))
    .join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${tile.width}" height="${tile.height}">${label(title, 16, 14, '#ffd43b')}${text}</svg>`;
  const picture =
    jpeg &&
    (await sharp(jpeg)
      .resize(tile.width - 8, tile.picture, { fit: 'inside' })
      .toBuffer());
  return sharp({
    create: { width: tile.width, height: tile.height, channels: 3, background: '#1b1b1f' },
  })
    .composite([
      ...(picture ? [{ input: picture, left: 4, top: tile.title }] : []),
      { input: Buffer.from(svg) },
    ])
    .png()
    .toBuffer();
}

function label(text: string, y: number, size: number, colour: string): string {
  const safe = text.slice(0, 64).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="4" y="${y}" font-size="${size}" fill="${colour}" font-family="DejaVu Sans Mono, monospace" xml:space="preserve">${safe}</text>`;
}
