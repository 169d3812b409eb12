import { describe, expect, it } from 'vitest';
import { createLogger, describeError, redactedNames } from './logger.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } }));
  return lines.join('');
}

describe('the log', () => {
  it.each(redactedNames)('never shows a value called %s', (name) => {
    const line = logged((log) => log.info({ [name]: 'Jane', nested: { [name]: 'Jane' } }, 'event'));
    expect(line).toContain('event');
    expect(line).not.toContain('Jane');
  });

  it('says where an unexpected error happened, not whose data it met', () => {
    const error = new Error('duplicate key value: Key (email)=(jane@example.org), got "Jane Doe"', {
      cause: new Error("invalid input for 'X1234567'"),
    });
    const line = logged((log) => log.error({ err: error }, 'request failed'));
    expect(line).toContain('logger.test.ts');
    expect(line).toContain('duplicate key value');
    for (const value of ['jane@', 'Jane Doe', 'X1234567']) expect(line).not.toContain(value);
  });

  it('treats an error the same under its other name, fields and all', () => {
    const error = Object.assign(new Error('insert failed'), { detail: 'Key (email)=(jane)' });
    const line = logged((log) => log.warn({ type: 'feed_failed', error }, 'engine'));
    expect(line).toContain('insert failed');
    expect(line).toContain('logger.test.ts');
    expect(line).not.toContain('jane');
  });

  it('takes anything that was thrown', () => {
    expect(describeError('Jane')).toEqual({ kind: 'string' });
  });
});
