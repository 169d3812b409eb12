import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { greyOf, makeClip, patched } from '../../../test/support/clips.ts';
import { zeroPng } from '../../../test/support/png.ts';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import type { FrameSampling, VideoFrame } from '../../core/video.ts';
import { decodeVideo } from './video.ts';
import { sniffVideo } from './video-format.ts';
import { defaultVideoLimits, type VideoLimits } from './video-outline.ts';

async function collect(
  bytes: Uint8Array,
  sampling: FrameSampling = {},
  limits: Partial<VideoLimits> = {},
) {
  const frames: VideoFrame[] = [];
  const facts = await decodeVideo(
    bytes,
    'face',
    sampling,
    (frame) => void frames.push(frame),
    limits,
  );
  return { facts, frames };
}

const refusal = (bytes: Uint8Array, limits?: Partial<VideoLimits>) =>
  collect(bytes, {}, limits).then(
    () => ({ code: 'decoded', message: '' }),
    (error) => error,
  );

function pixel({ image }: VideoFrame, x: number, y: number): number[] {
  const at = (Math.floor(y * image.height) * image.width + Math.floor(x * image.width)) * 3;
  return [...image.data.subarray(at, at + 3)];
}

const isRed = ([r = 0, g = 0]: number[]) => r > 150 && g < 90;

describe('decodeVideo', () => {
  it.each([
    ['VP9', 'WebM'],
    ['VP8', 'WebM'],
    ['H264', 'MP4'],
  ] as const)(
    'hands out every frame of %s in %s, in order, at its time',
    async (codec, container) => {
      const timesMs = [0, 33, 67, 100, 150, 300, 310, 400, 433, 467];
      const { facts, frames } = await collect(await makeClip({ codec, timesMs }));
      expect(facts).toMatchObject({
        container,
        codec,
        width: 128,
        height: 96,
        rotation: 0,
        hasAudio: false,
        damagedFrames: 0,
        keyFrames: [0],
      });
      expect(facts.timesMs.map(Math.round)).toEqual(timesMs);
      expect(facts.measuredFps).toBeCloseTo(9_000 / 467, 1);
      expect(facts.durationMs).toBeGreaterThanOrEqual(467);
      expect(facts.writtenBy.encoder).toContain('Lavf');
      expect(frames.map(({ index }) => index)).toEqual([...timesMs.keys()]);
      for (const frame of frames) {
        expect(frame.image.data).toHaveLength(128 * 96 * 3);
        expect(Math.abs((pixel(frame, 0.7, 0.7)[0] ?? 0) - greyOf(frame.index))).toBeLessThan(6);
        expect(isRed(pixel(frame, 0.1, 0.1))).toBe(true);
      }
    },
  );

  it('converts only the frames asked for, at the size asked for', async () => {
    const clip = await makeClip();
    const few = await collect(clip, { maxFrames: 3, maxSide: 64 });
    expect(few.frames.map(({ index, timeMs }) => [index, timeMs])).toEqual([
      [0, 0],
      [6, 600],
      [11, 1100],
    ]);
    expect(few.frames[0]?.image).toMatchObject({ width: 64, height: 48 });
    expect(few.facts).toMatchObject({ width: 128, height: 96 });
    expect(few.facts.timesMs).toHaveLength(12);
    const slow = await collect(clip, { fps: 5 });
    expect(slow.frames.map(({ timeMs }) => timeMs)).toEqual([0, 200, 400, 600, 800, 1000]);
  });

  it.each([
    [90, [0, 0x10000, -0x10000, 0], [0.9, 0.1]],
    [180, [-0x10000, 0, 0, -0x10000], [0.9, 0.9]],
    [270, [0, -0x10000, 0x10000, 0], [0.1, 0.9]],
  ] as const)('turns what the camera held at %i degrees upright', async (rotation, matrix, red) => {
    const clip = await makeClip({ codec: 'H264' });
    // Track header (version 0): the matrix starts 44 bytes behind the box's name.
    const at = clip.indexOf('tkhd') + 44;
    const [a, b, c, d] = matrix;
    for (const [i, value] of [a, b, 0, c, d].entries()) clip.writeInt32BE(value, at + 4 * i);
    const { facts, frames } = await collect(clip, { maxFrames: 1 });
    const isSideways = rotation !== 180;
    expect(facts).toMatchObject({ rotation, width: isSideways ? 96 : 128 });
    expect(frames[0]?.image).toMatchObject({ width: isSideways ? 96 : 128 });
    for (const [x, y] of [
      [0.1, 0.1],
      [0.9, 0.1],
      [0.1, 0.9],
      [0.9, 0.9],
    ] as const) {
      const frame = frames[0];
      const isHere = x === red[0] && y === red[1];
      expect(frame && isRed(pixel(frame, x, y)), `${x}, ${y}`).toBe(isHere);
    }
  });

  it('waits for each frame to be dealt with, and stops when that fails', async () => {
    const clip = await makeClip();
    let inside = 0;
    const seen: number[] = [];
    const failing = decodeVideo(clip, 'face', {}, async ({ index }) => {
      expect(inside++).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
      seen.push(index);
      if (index === 3) throw new Error('enough');
    });
    await expect(failing).rejects.toThrow('enough');
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it('names input, fault and way out in every refusal', async () => {
    const mp4 = await makeClip({ codec: 'H264' });
    const webm = await makeClip();
    const cases: [string, Uint8Array, Partial<VideoLimits>, string, string][] = [
      ['empty', new Uint8Array(), {}, 'video_missing', 'the file is empty (0 bytes); send a video'],
      [
        'picture',
        zeroPng({ width: 90, height: 90, bitDepth: 8 }),
        {},
        'video_format_unsupported',
        'this is a picture (PNG); send MP4, WebM or Matroska',
      ],
      [
        'playlist',
        Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
        {},
        'video_format_unsupported',
        'this is a playlist; send MP4, WebM or Matroska',
      ],
      ['bytes', mp4, { maxBytes: 1024 }, 'video_too_large', '1 MB; at most 1 MB are accepted'],
      [
        'half of an MP4',
        mp4.subarray(0, mp4.length / 2),
        {},
        'video_unreadable',
        'the file ends in the middle; send it complete',
      ],
      [
        'head of a WebM',
        webm.subarray(0, 60),
        {},
        'video_unreadable',
        'the WebM data is damaged; send the original recording',
      ],
      [
        'no pictures',
        patched(mp4, 'vide', 'soun'),
        {},
        'video_unreadable',
        'there is no moving picture in the file',
      ],
      [
        'other codec',
        patched(mp4, 'avc1', 'hvc1'),
        {},
        'video_format_unsupported',
        'its pictures are HEVC; send H264, VP8 or VP9',
      ],
      [
        'too wide',
        webm,
        { maxLongSide: 120 },
        'video_too_large',
        '128 × 96 pixels; at most 120 × 1080 are accepted',
      ],
      [
        'too small',
        await makeClip({ width: 64, height: 64 }),
        {},
        'video_too_small',
        '64 × 64 pixels; at least 80 pixels on each side are needed',
      ],
      [
        'too many frames a second',
        webm,
        { maxFps: 5, maxDurationMs: 1_000 },
        'video_too_large',
        'more than 10 frames; at most 5 a second are accepted',
      ],
      [
        'three hours, as declared',
        await makeClip({ timesMs: [0, 100, 3 * 3_600_000] }),
        {},
        'video_too_long',
        '10801 seconds; at most 60 seconds are accepted',
      ],
    ];
    for (const [what, bytes, limits, code, message] of cases) {
      const error = await refusal(bytes, limits);
      expect([what, error.code, error.message]).toEqual([what, code, `\`face\`: ${message}`]);
    }
  });

  it('notices a length that the file does not declare', async () => {
    const clip = await makeClip({ timesMs: [0, 100, 61_500] });
    // The duration element of the segment (ID 4489) becomes one that nobody knows.
    const at = clip.indexOf(Buffer.from([0x44, 0x89, 0x88]));
    clip.writeUInt16BE(0x4488, at);
    const error = await refusal(clip);
    expect([error.code, error.message]).toEqual([
      'video_too_long',
      '`face`: 62 seconds; at most 60 seconds are accepted',
    ]);
  });

  it('gives no memory to a stream that is larger than its container says', async () => {
    const wide = await makeClip({ codec: 'H264', width: 2400, height: 1600, timesMs: [0] });
    const sample = wide.indexOf('avc1', wide.indexOf('stsd'));
    wide.writeUInt16BE(640, sample + 28);
    wide.writeUInt16BE(480, sample + 30);
    expect(defaultVideoLimits.maxLongSide).toBeLessThan(2400);
    expect((await refusal(wide)).code).toBe('video_unreadable');
  });

  it('decodes what arrived of a stream that broke off, and counts what is damaged', async () => {
    const webm = await makeClip({ codec: 'VP8' });
    const { facts } = await collect(webm.subarray(0, Math.round(webm.length * 0.7)));
    expect(facts.timesMs.length).toBeGreaterThan(1);
    expect(facts.timesMs.length).toBeLessThan(12);
    const mp4 = await makeClip({ codec: 'H264', width: 320, height: 240, quality: 5 });
    const end = mp4.indexOf('moov') - 4;
    mp4.fill(0xaa, end - 400, end - 300);
    const damaged = await collect(mp4);
    expect(damaged.facts.damagedFrames).toBeGreaterThan(0);
    expect(damaged.frames.length + damaged.facts.damagedFrames).toBeLessThanOrEqual(12);
  });
});

describe('sniffVideo', () => {
  it.each([
    ['RIFF....AVI LIST', 'an AVI'],
    ['FLV\x01', 'a Flash video'],
    ['OggS', 'an Ogg file'],
    ['ffconcat version 1.0', 'a playlist'],
    ['ID3\x04', 'a sound file'],
    ['%PDF-1.7', 'a PDF'],
    ['who knows', 'not a video that we know'],
  ])('names what it refuses (%s)', (head, what) => {
    expect(sniffVideo(Buffer.from(head.padEnd(64), 'latin1'))).toEqual({ accepted: false, what });
  });
});

describeWithShared('real recordings', () => {
  const manifest = readFileSync(sharedPath('data/manifest.csv'), 'utf8');
  const rows = [...manifest.matchAll(/^video\/([^,]+),.*?;(\d+)x(\d+);[^"]*?frames=(\d+)/gm)];

  it('are read completely, with the facts that their labels state', async () => {
    expect(rows.map(([, file]) => file).toSorted()).toEqual(readdirSync(sharedPath('data/video')));
    for (const [, file = '', width, height, frames] of rows) {
      const bytes = readFileSync(sharedPath(`data/video/${file}`));
      // The long ones would tell nothing new and take most of the time.
      if (bytes.length > 500_000) continue;
      const read = await collect(bytes, { maxFrames: 4, maxSide: 160 });
      expect(read.facts, file).toMatchObject({
        container: file.endsWith('.mkv') ? 'Matroska' : 'MP4',
        codec: 'H264',
        width: Number(width),
        height: Number(height),
        damagedFrames: 0,
      });
      expect(read.facts.timesMs, file).toHaveLength(Number(frames));
      expect(read.frames.map(({ timeMs }) => timeMs)).toEqual(
        read.frames.map(({ timeMs }) => timeMs).toSorted((a, b) => a - b),
      );
      expect(read.frames).toHaveLength(4);
    }
  });
});
