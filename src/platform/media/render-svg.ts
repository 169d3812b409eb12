import sharp from 'sharp';

/** Renders SVG of our own making to JPEG. Never for files of strangers: SVG is a program. */
export async function renderSvg(svg: string, quality = 92): Promise<Uint8Array> {
  return sharp(Buffer.from(svg)).flatten({ background: '#ffffff' }).jpeg({ quality }).toBuffer();
}

/** Cuts a picture that ships with us, in fractions of its width and height, as JPEG. */
export async function cropPicture(
  path: string,
  cut: { left: number; top: number; width: number; height: number },
): Promise<Uint8Array> {
  const { width, height } = await sharp(path).metadata();
  const region = {
    left: Math.round(cut.left * width),
    top: Math.round(cut.top * height),
    width: Math.round(cut.width * width),
    height: Math.round(cut.height * height),
  };
  return sharp(path).extract(region).jpeg({ quality: 92 }).toBuffer();
}
