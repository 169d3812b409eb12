import { defineConfig } from 'vitest/config';

/** Suffix says the level: `*.test.ts` is pure and fast; the others need real models, databases or servers. */
const slow = [
  '**/*.vision.test.ts',
  '**/*.db.test.ts',
  '**/*.http.test.ts',
  '**/*.engine.test.ts',
  '**/*.browser.test.ts',
];
const ignored = ['**/node_modules/**', 'dist/**'];

export default defineConfig({
  test: {
    env: { TZ: 'UTC' },
    reporters: ['default', './tools/plain-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,test,tools,bench,web,clients}/**/*.test.{ts,tsx}'],
          exclude: [...slow, ...ignored],
        },
      },
      {
        extends: true,
        test: {
          name: 'vision',
          include: ['{src,test}/**/*.vision.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'db',
          include: ['{src,test}/**/*.db.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'http',
          include: ['{src,test}/**/*.http.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'engine',
          include: ['{src,test}/**/*.engine.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
