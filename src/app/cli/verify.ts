import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import {
  type FaceAnalysis,
  type FaceWarning,
  faceReasons,
  type IdentityVerdict,
  type IdentityVerification,
  toIdentityJson,
  verifyIdentity,
} from '../../features/faces/index.ts';
import { loadConfig } from '../config.ts';
import { openVision } from '../open-vision.ts';
import { renderIdentityReport } from './identity-report.ts';
import { createProgress, exitCodes, paint, writeJson } from './output.ts';
import { readPictureFile } from './picture-file.ts';

interface VerifyOptions {
  document: string;
  selfie: string;
  threshold: number;
  json?: boolean | string;
  html?: string;
  pack?: string;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .description('is the person on the document the person on the selfie?')
    .requiredOption('--document <file>', 'photograph of the document (JPEG, PNG, WebP, AVIF)')
    .requiredOption('--selfie <file>', 'photograph of the person')
    .option(
      '--threshold <similarity>',
      'similarity from which it is a match, 0 to 100',
      parseSimilarity,
      80,
    )
    .option('--json [file]', 'print the result as JSON, or write it to a file')
    .option('--html <file>', 'write a report with both faces side by side')
    .option('--pack <name|folder>', 'use another model pack')
    .addHelpText(
      'after',
      '\nExit code: 0 match, 1 no match, 3 a person must look or inconclusive, 2 unusable input, 4 failure.',
    )
    .action(async (options: VerifyOptions) => {
      const images = {
        document: await readPictureFile(options.document, 'document'),
        selfie: await readPictureFile(options.selfie, 'selfie'),
      };
      process.exitCode = await verifyPictures(images, options);
    });
}

/** Verifies, prints and writes what the options ask for; returns the exit code. */
export async function verifyPictures(
  images: { document: Uint8Array; selfie: Uint8Array },
  options: Pick<VerifyOptions, 'threshold' | 'json' | 'html' | 'pack'>,
): Promise<number> {
  const startedAt = performance.now();
  const progress = createProgress();
  progress.update(0, undefined, 'starting the vision process');
  const { dataDir } = loadConfig(process.env);
  const vision = await openVision({ dataDir, processes: 1, pack: options.pack });
  try {
    const policy = {
      matchFrom: options.threshold,
      reviewFrom: Math.min(60, options.threshold),
      age: true,
    };
    const verification = await verifyIdentity(vision, vision.pack, images, policy);
    const totalMs = performance.now() - startedAt;
    progress.finish();
    writeJson(options.json, toJson(verification, options.threshold, totalMs));
    if (options.json === undefined)
      console.log(renderVerification(verification, options.threshold, totalMs));
    if (options.html) {
      await writeReport(options.html, images, verification, options.threshold, totalMs);
    }
    return exitCodeOf[verification.decision.verdict];
  } finally {
    await vision.close();
  }
}

const exitCodeOf: Record<IdentityVerdict, number> = {
  match: exitCodes.ok,
  no_match: exitCodes.negative,
  review: exitCodes.review,
  inconclusive: exitCodes.review,
};

const headlines: Record<IdentityVerdict, [Parameters<typeof paint>[0], string]> = {
  match: [['green', 'bold'], '✓ MATCH'],
  no_match: [['red', 'bold'], '✗ NO MATCH'],
  review: [['yellow', 'bold'], '! A PERSON MUST LOOK'],
  inconclusive: [['yellow', 'bold'], '? INCONCLUSIVE'],
};

function renderVerification(
  verification: IdentityVerification,
  threshold: number,
  totalMs: number,
): string {
  const { decision, document, selfie } = verification;
  const [style, headline] = headlines[decision.verdict];
  const similarity =
    decision.similarity === undefined
      ? ''
      : `  similarity ${decision.similarity.toFixed(1)} of 100 (threshold ${threshold})`;
  return [
    `${paint(style, headline)}${similarity}`,
    '',
    describeFace('document', document),
    describeFace('selfie', selfie),
    ...describeWarnings('Why', decision.reasons),
    ...describeWarnings('Also noticed', decision.warnings),
    '',
    paint(
      'dim',
      `${Math.round(totalMs)} ms in all; processor: document ${Math.round(document.timings.cpuMs)} ms, selfie ${Math.round(selfie.timings.cpuMs)} ms`,
    ),
    paint(
      'dim',
      `models: ${selfie.models.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 8)}`).join(', ')}`,
    ),
  ].join('\n');
}

function describeFace(name: string, { faces, image }: FaceAnalysis): string {
  const [face] = faces;
  const label = `  ${name.padEnd(9)}`;
  if (!face) return `${label} no face (${image.width} × ${image.height})`;
  const { quality } = face;
  const others = faces.length > 1 ? `, ${faces.length - 1} more in the picture` : '';
  return `${label} face ${Math.round(face.box.width)} px wide, quality ${quality.overall} (sharpness ${quality.sharpness}, brightness ${quality.brightness}, frontal ${quality.frontal})${others}`;
}

function describeWarnings(heading: string, warnings: readonly FaceWarning[]): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(({ code, image }) => {
    const { title, hint } = faceReasons[code];
    return `  - ${image ? `${image}: ` : ''}${title}. ${hint} [${code}]`;
  });
  return ['', `${heading}:`, ...lines];
}

function toJson(verification: IdentityVerification, threshold: number, totalMs: number) {
  const { document, selfie } = verification;
  return {
    ...toIdentityJson(verification),
    similarity_threshold: threshold,
    timings_ms: {
      total: Math.round(totalMs),
      document: roundSteps(document.timings),
      selfie: roundSteps(selfie.timings),
    },
  };
}

function roundSteps(timings: FaceAnalysis['timings']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(timings).map(([step, ms]) => [
      step.replace(/Ms$/, ''),
      Math.round(ms * 10) / 10,
    ]),
  );
}

async function writeReport(
  path: string,
  images: { document: Uint8Array; selfie: Uint8Array },
  verification: IdentityVerification,
  matchFrom: number,
  totalMs: number,
): Promise<void> {
  const html = renderIdentityReport({
    verification,
    document: { title: 'Document', bytes: images.document, analysis: verification.document },
    selfie: { title: 'Selfie', bytes: images.selfie, analysis: verification.selfie },
    matchFrom,
    totalMs,
    madeAt: new Date(),
  });
  // The report holds faces: only its owner may read it.
  await writeFile(path, html, { mode: 0o600 });
  process.stderr.write(`Report written to ${path}\n`);
}

export function parseSimilarity(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100)) {
    throw new InvalidArgumentError('Give a number from 0 to 100.');
  }
  return value;
}
