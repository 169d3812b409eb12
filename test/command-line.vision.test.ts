import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bonafide } from './support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'bonafide-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const root = fileURLToPath(new URL('..', import.meta.url));
const env = { DATA_DIR: join(folder, 'data') };
const photos = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);

describe('the command line', () => {
  it('verifies the demo card: its holder matches, somebody else does not', async () => {
    const html = join(folder, 'report.html');
    const { code, stdout } = await bonafide(['demo', '--html', html], env);
    expect(stdout).toMatch(
      /✓ MATCH[\s\S]*✗ NO MATCH|✓ MATCH[\s\S]*(A PERSON MUST LOOK|INCONCLUSIVE)/,
    );
    expect(code).toBe(0);
    const similarities = (text: string) =>
      [...text.matchAll(/similarity ([\d.]+) of 100/g)].map(([, number]) => Number(number));
    const promised = similarities(readFileSync(join(root, 'README.md'), 'utf8'));
    expect(promised).toHaveLength(2);
    similarities(stdout).forEach((similarity, i) => {
      expect(Math.abs(similarity - (promised[i] ?? 0)), 'README.md').toBeLessThan(0.2);
    });
    const report = readFileSync(html, 'utf8');
    expect(report).toContain('<h1>Match</h1>');
    // Nothing is fetched when it is opened: faces must not tell anybody that they are looked at.
    expect(report).not.toMatch(/(?:src|href)="https?:/);
    expect(statSync(html).mode & 0o777).toBe(0o600);
  });

  it('prints JSON that a script can read, and nothing else', async () => {
    const photo = join(photos, 'sample1.jpg');
    const { code, stdout } = await bonafide(['compare', photo, photo, '--json'], env);
    const result = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(result.matches[0].similarity).toBeGreaterThan(99);
    expect(result.unmatched.length + result.matches.length).toBe(3);
    expect(result.models.length).toBeGreaterThan(0);
  });

  it('refuses a text file by the name of its option, with the way out', async () => {
    const text = join(folder, 'notes.txt');
    writeFileSync(text, 'no picture');
    const { code, stdout, stderr } = await bonafide(
      ['verify', '--document', text, '--selfie', text],
      env,
    );
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/`(document|selfie)`/);
    expect(stderr).toContain('[image_format_unsupported]');
  });

  it('says which file is missing, and which option', async () => {
    const { code, stderr } = await bonafide(
      ['verify', '--document', 'nowhere.jpg', '--selfie', 'x.jpg'],
      env,
    );
    expect(code).toBe(2);
    expect(stderr).toContain('`document`: there is no file nowhere.jpg');
    const unknown = await bonafide(['compare', 'a.jpg', 'b.jpg', '--dokument'], env);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('--dokument');
  });

  it('takes a picture from a pipe, and says of a folder that it is one', async () => {
    const photo = join(photos, 'sample1.jpg');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const feeding = writeFile(pipe, readFileSync(photo));
    const { code } = await bonafide(['compare', pipe, photo], env);
    await feeding;
    expect(code).toBe(0);
    const { stderr } = await bonafide(['compare', folder, photo], env);
    expect(stderr).toContain(`\`source\`: ${folder} is a folder`);
    const endless = await bonafide(['compare', '/dev/zero', photo], env);
    expect(endless.stderr).toContain('[image_too_large]');
  });

  it('says that a report cannot be written, without a stack', async () => {
    const photo = join(photos, 'sample1.jpg');
    const html = join(folder, 'nowhere', 'report.html');
    const { code, stderr } = await bonafide(
      ['verify', '--document', photo, '--selfie', photo, '--html', html],
      env,
    );
    expect(code).toBe(4);
    expect(stderr).toBe(`bonafide: ${html}: there is no such folder\n`);
  });

  it('names every fault of the environment without its value', async () => {
    const { code, stderr } = await bonafide(['doctor'], {
      HTTP_PORT: 'abc',
      MASTER_KEY: 'hunter2',
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/HTTP_PORT[\s\S]*MASTER_KEY/);
    expect(stderr).not.toContain('hunter2');
  });
});
