import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with the plain line `N passed, N failed` that scripts read, after the reasons of skipped tests. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const skipped: string[] = [];
    for (const module of modules) {
      // A file that could not even be loaded has no tests to count: it is one failure.
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
        failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped.push(`${test.fullName}`);
      }
    }
    if (skipped.length > 0) {
      console.log(
        `\nSkipped (${skipped.length}):\n${skipped.map((name) => `  ${name}`).join('\n')}`,
      );
    }
    console.log(
      `\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
    );
  }
}
