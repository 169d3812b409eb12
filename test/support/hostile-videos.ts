import { makeClip, patched } from './clips.ts';
import { type HostileFile, strangers } from './hostile-images.ts';

/** One clip in every codec, of few small frames, so that thousands of them can be tried. */
export async function baseClips(): Promise<HostileFile[]> {
  const codecs = ['VP9', 'VP8', 'H264'] as const;
  const bytes = await Promise.all(codecs.map((codec) => makeClip({ codec, quality: 30 })));
  return codecs.map((name, i) => ({ name, bytes: bytes[i] ?? Buffer.alloc(0) }));
}

/** Files made to exhaust memory or time, to reach other files, or to lie about themselves. */
export async function craftedVideos(): Promise<HostileFile[]> {
  const mp4 = await makeClip({ codec: 'H264' });
  const webm = await makeClip({ codec: 'VP8' });
  const hours = [0, 100, 3 * 3_600_000];
  const crafted: Record<string, Buffer> = {
    nothing: Buffer.alloc(0),
    'one byte': Buffer.from([0x1a]),
    'head only, webm': webm.subarray(0, 40),
    'head only, mp4': mp4.subarray(0, 40),
    'half an mp4': mp4.subarray(0, mp4.length >> 1),
    'half a webm': webm.subarray(0, webm.length >> 1),
    'too many bytes': Buffer.concat([mp4, Buffer.alloc(64 * 1024 * 1024)]),
    'three hours, webm': await makeClip({ codec: 'VP8', timesMs: hours }),
    'three hours, mp4': await makeClip({ codec: 'H264', timesMs: hours }),
    '5,000 frames a second': await makeClip({
      codec: 'VP8',
      timesMs: count(5_000).map((i) => i / 5),
    }),
    '2,400 × 1,600 declared as 128 × 96': patchedSize(
      await makeClip({ codec: 'H264', width: 2_400, height: 1_600, timesMs: [0] }),
      [128, 96],
    ),
    '128 × 96 declared as 65,535 × 65,535': patchedSize(mp4, [65_535, 65_535]),
    '64 × 64': await makeClip({ width: 64, height: 64 }),
    'no moving picture': patched(mp4, 'vide', 'soun'),
    'no track': patched(mp4, 'trak', 'free'),
    'no index': patched(mp4, 'moov', 'free'),
    'no data': patched(mp4, 'mdat', 'free'),
    'other codec': patched(mp4, 'avc1', 'hvc1'),
    'unknown codec': patched(webm, 'V_VP8', 'V_XYZ'),
    'data elsewhere': patched(mp4, 'url \0\0\0\x01', 'url \0\0\0\0'),
    'boxes in boxes': nestedBoxes(10_000),
    'elements in elements': nestedElements(10_000),
    ...sampleTables(mp4),
    playlist: Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
    concatenation: Buffer.from('ffconcat version 1.0\nfile /etc/passwd\n'),
    'session description': Buffer.from('v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n'),
    'mp4, then webm': Buffer.concat([mp4, webm]),
    'webm, then mp4': Buffer.concat([webm, mp4]),
  };
  const files = Object.entries(crafted).map(([name, bytes]) => ({ name, bytes }));
  return [...files, ...strangers.map(({ what, bytes }) => ({ name: what, bytes }))];
}

function count(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** Width and height of the sample entry (ISO/IEC 14496-12 §12.1.3). */
function patchedSize(mp4: Buffer, [width, height]: readonly [number, number]): Buffer {
  const bytes = Buffer.from(mp4);
  const at = bytes.indexOf('avc1', bytes.indexOf('stsd'));
  bytes.writeUInt16BE(width, at + 28);
  bytes.writeUInt16BE(height, at + 30);
  return bytes;
}

/** Every table of samples claims two thousand million entries, or samples of two gigabytes. */
function sampleTables(mp4: Buffer): Record<string, Buffer> {
  const tables = ['stts', 'stsc', 'stsz', 'stco', 'stss', 'ctts', 'elst'];
  const lying = tables
    .map((table) => [table, mp4.indexOf(table)] as const)
    .filter(([, at]) => at >= 0)
    .map(([table, at]) => {
      const bytes = Buffer.from(mp4);
      bytes.writeUInt32BE(0x7fffffff, at + (table === 'stsz' ? 12 : 8));
      return [`${table} of 2³¹ − 1 entries`, bytes] as const;
    });
  const large = Buffer.from(mp4);
  large.writeUInt32BE(0x7fffffff, large.indexOf('stsz') + 8);
  return { ...Object.fromEntries(lying), 'samples of 2 GB': large };
}

function nestedBoxes(depth: number): Buffer {
  const head = Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1');
  const boxes = count(depth).map((i) => {
    const box = Buffer.from('\0\0\0\0moov', 'latin1');
    box.writeUInt32BE((depth - i) * 8, 0);
    return box;
  });
  return Buffer.concat([head, ...boxes]);
}

/** Segments of unknown length in each other (RFC 8794 §6.2). */
function nestedElements(depth: number): Buffer {
  const head = Buffer.from('\x1a\x45\xdf\xa3\x87\x42\x82\x84webm', 'latin1');
  const segment = Buffer.from('\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff', 'latin1');
  return Buffer.concat([head, ...count(depth).map(() => segment)]);
}
