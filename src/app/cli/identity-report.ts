import type {
  AnalysedFace,
  FaceAnalysis,
  FaceWarning,
  IdentityVerification,
} from '../../features/faces/index.ts';
import { faceReasons } from '../../features/faces/index.ts';

/** HTML report of one verification: one file, no script, no request to anywhere. Pure. */

export interface ReportImage {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly analysis: FaceAnalysis;
}

export interface IdentityReport {
  readonly verification: IdentityVerification;
  readonly document: ReportImage;
  readonly selfie: ReportImage;
  readonly matchFrom: number;
  readonly totalMs: number;
  readonly madeAt: Date;
}

const verdicts = {
  match: { text: 'Match', tone: 'good' },
  no_match: { text: 'No match', tone: 'bad' },
  review: { text: 'A person must look', tone: 'doubt' },
  inconclusive: { text: 'Inconclusive', tone: 'doubt' },
} as const;

export function renderIdentityReport(report: IdentityReport): string {
  const { decision, cosine } = report.verification;
  const { text, tone } = verdicts[decision.verdict];
  const similarity =
    decision.similarity === undefined ? '' : renderScale(decision.similarity, report.matchFrom);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bonafide: ${text}</title>
<style>${css}</style>
<main>
<header class="${tone}">
  <h1>${text}</h1>
  ${similarity}
</header>
${renderWarnings('Why', decision.reasons)}
<div class="pair">
${renderImage(report.document)}
${renderImage(report.selfie)}
</div>
${renderWarnings('Also noticed', decision.warnings)}
<section>
<h2>How it was computed</h2>
<table>
${row('Cosine of the two embeddings', cosine === undefined ? 'none' : cosine.toFixed(4))}
${row('Threshold', `similarity ${report.matchFrom} of 100`)}
${row('Time', `${Math.round(report.totalMs)} ms in all, start of the processes included`)}
${row('Made', report.madeAt.toISOString())}
${models(report)}
</table>
<p>This page holds both pictures and biometric facts about them: keep it as you would keep the pictures.</p>
</section>
</main>
</html>
`;
}

function renderScale(similarity: number, matchFrom: number): string {
  return `<p class="similarity">Similarity <strong>${similarity.toFixed(1)}</strong> of 100</p>
  <svg class="scale" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="Similarity ${similarity.toFixed(1)}, threshold ${matchFrom}">
    <rect width="100" height="8" class="track"/><rect width="${similarity.toFixed(2)}" height="8" class="fill"/>
    <rect x="${matchFrom - 0.25}" width="0.5" height="8" class="mark"/>
  </svg><p class="small">The mark is the threshold, ${matchFrom}.</p>`;
}

function renderImage({ title, bytes, analysis }: ReportImage): string {
  const { width, height } = analysis.image;
  const [face] = analysis.faces;
  const id = title.toLowerCase().replaceAll(/[^a-z]/g, '-');
  const href = `data:${mediaType(bytes)};base64,${Buffer.from(bytes).toString('base64')}`;
  const stroke = Math.max(width, height) / 300;
  const closeUp = face
    ? `<svg class="close" viewBox="${closeUpBox(face)}" role="img" aria-label="${title}: the face, with its landmarks"><use href="#${id}"/>${dots(face)}</svg>`
    : '';
  return `<figure>
  <figcaption>${title} <span class="small">${width} × ${height}, ${count(analysis.faces.length, 'face')}</span></figcaption>
  <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}, faces framed">
    <defs><image id="${id}" width="${width}" height="${height}" href="${href}"/></defs>
    <use href="#${id}"/>
    ${analysis.faces.map((each, i) => frame(each, i === 0, stroke)).join('')}
  </svg>
  ${closeUp}
  ${face ? renderQuality(face) : '<p>No face was found.</p>'}
</figure>`;
}

function frame({ box }: AnalysedFace, isUsed: boolean, stroke: number): string {
  return `<rect x="${box.x.toFixed(1)}" y="${box.y.toFixed(1)}" width="${box.width.toFixed(1)}" height="${box.height.toFixed(1)}" rx="${stroke * 2}" class="frame${isUsed ? ' used' : ''}" stroke-width="${stroke.toFixed(1)}"/>`;
}

function dots({ landmarks, box }: AnalysedFace): string {
  const radius = (box.width / 70).toFixed(2);
  return landmarks
    .map(
      ({ type, x, y }) =>
        `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius}"><title>${type}</title></circle>`,
    )
    .join('');
}

function closeUpBox({ box }: AnalysedFace): string {
  const side = Math.max(box.width, box.height) * 1.5;
  const x = box.x + box.width / 2 - side / 2;
  const y = box.y + box.height / 2 - side / 2;
  return [x, y, side, side].map((value) => value.toFixed(1)).join(' ');
}

function renderQuality({ quality, pose, age, confidence }: AnalysedFace): string {
  const bars = Object.entries(quality).map(
    ([name, value]) =>
      `<tr><th>${toWords(name)}</th><td><meter min="0" max="100" value="${value}">${value}</meter></td><td>${Math.round(value)}</td></tr>`,
  );
  const turned = `${Math.round(pose.yaw)}° to the side, ${Math.round(pose.pitch)}° up, ${Math.round(pose.roll)}° tilted`;
  const years = age
    ? row(
        'Looks',
        `${Math.round(age.years)} years old (model's own range ${age.low} to ${age.high}; an estimate, not used)`,
      )
    : '';
  return `<table>${row('Face', `${confidence.toFixed(0)} of 100 certain`)}${row('Head', turned)}${years}</table>
  <table class="quality"><caption>Quality, 0 to 100</caption>${bars.join('')}</table>`;
}

function renderWarnings(heading: string, warnings: readonly FaceWarning[]): string {
  if (warnings.length === 0) return '';
  const items = warnings.map(({ code, image }) => {
    const { title, hint } = faceReasons[code];
    return `<li><strong>${image ? `${image}: ` : ''}${title}.</strong> ${hint} <code>${code}</code></li>`;
  });
  return `<section><h2>${heading}</h2><ul>${items.join('')}</ul></section>`;
}

function models({ verification }: IdentityReport): string {
  return verification.selfie.models
    .map(({ name, version, sha256 }) =>
      row('Model', `${name} ${version} <code>${sha256.slice(0, 16)}…</code>`),
    )
    .join('\n');
}

function row(name: string, value: string): string {
  return `<tr><th>${name}</th><td>${value}</td></tr>`;
}

function toWords(camel: string): string {
  return camel.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function mediaType(bytes: Uint8Array): string {
  if (bytes[0] === 0xff) return 'image/jpeg';
  if (bytes[0] === 0x89) return 'image/png';
  return bytes[0] === 0x52 ? 'image/webp' : 'image/avif';
}

const css = `
:root { color-scheme: light dark; --line: #8884; --good: #137a3c; --bad: #b3261e; --doubt: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --good: #5fd08a; --bad: #ff8a80; --doubt: #ffc266 } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px }
header { border-left: 8px solid var(--tone); padding: 4px 0 4px 20px; margin-bottom: 24px }
.good { --tone: var(--good) } .bad { --tone: var(--bad) } .doubt { --tone: var(--doubt) }
h1 { margin: 0; font-size: 40px; line-height: 1.1; color: var(--tone) }
h2 { font-size: 18px; margin: 32px 0 8px }
.similarity { font-size: 20px; margin: 8px 0 }
.small { font-size: 14px; opacity: .75; font-weight: normal }
.scale { width: 100%; max-width: 480px; height: 14px; display: block }
.track { fill: var(--line) } .fill { fill: var(--tone) } .mark { fill: currentColor }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 24px }
figure { margin: 0; padding: 16px; border: 1px solid var(--line); border-radius: 12px; min-width: 0 }
figcaption { font-weight: 600; margin-bottom: 8px }
figure > svg { width: 100%; height: 300px; background: #8882; border-radius: 6px; display: block; margin-bottom: 12px }
.frame { fill: none; stroke: #fff9 } .used { stroke: #36d399 }
circle { fill: #36d399; stroke: #0008; stroke-width: .3 }
table { border-collapse: collapse; width: 100%; margin-bottom: 12px; font-size: 15px }
caption { text-align: left; font-weight: 600 }
th { text-align: left; font-weight: normal; opacity: .8; padding: 2px 12px 2px 0; vertical-align: top; white-space: nowrap }
td { padding: 2px 0; overflow-wrap: anywhere }
.quality td:last-child { text-align: right; width: 3em; font-variant-numeric: tabular-nums }
.quality td:nth-child(2) { width: 62% }
meter { width: 100%; height: 14px }
code { font-size: 13px; opacity: .8; overflow-wrap: anywhere }
`;
