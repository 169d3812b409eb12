import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** One line of a bench. `ok` says whether the bar was reached; a row without a bar only informs. */
export interface BenchRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly against?: string;
  readonly ratio?: number;
  readonly bar?: string;
  readonly ok?: boolean;
}

/** Prints the table, writes `{name, machine, commit, rows}` to the file after `--json`, and fails when a bar was missed. */
export function publishBench(
  name: string,
  rows: readonly BenchRow[],
  argv: readonly string[],
): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, value, unit, bar, ok, against } of rows) {
    const verdict = ok === undefined ? '' : ok ? '  ok' : '  MISSED';
    const note = [bar && `bar ${bar}`, against && `against ${against}`].filter(Boolean).join(', ');
    console.log(
      `${what.padEnd(width)}  ${format(value).padStart(10)} ${unit.padEnd(12)} ${note}${verdict}`,
    );
  }
  const target = argv[argv.indexOf('--json') + 1];
  if (argv.includes('--json') && target) {
    const report = { name, machine: describeMachine(), commit: currentCommit(), rows };
    const text = `${JSON.stringify(report, null, 2)}\n`;
    if (target === '-') process.stdout.write(text);
    else writeFileSync(target, text);
  }
  if (rows.some(({ ok }) => ok === false)) process.exitCode = 1;
}

function format(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${memory} GiB, Node ${process.versions.node}`;
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
