import { drawAtlas } from './glyph-atlas.ts';

await drawAtlas();
console.log('tools/train-mrz/ocr-b.png drawn');
