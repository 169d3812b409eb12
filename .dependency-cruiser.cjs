/** The import rule of docs/architecture.md. test/import-rule.test.ts plants offenders and expects them to be found. */
const npm = 'node_modules/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^virtual:'] },
    },
    {
      name: 'core-knows-nobody',
      severity: 'error',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/core/', '^(node:)?(crypto|url)$'] },
    },
    {
      name: 'vision-knows-core-only',
      severity: 'error',
      from: { path: '^src/vision/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^src/(core|vision)/'] },
    },
    {
      name: 'platform-knows-core-only',
      severity: 'error',
      from: { path: '^src/platform/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(vision|features|http|app)/' },
    },
    {
      name: 'http-knows-core-only',
      severity: 'error',
      from: { path: '^src/http/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/(vision|features|platform|app)/' },
    },
    {
      name: 'nobody-imports-app',
      severity: 'error',
      from: { path: '^(src|web|clients)/', pathNot: ['^src/app/', '\\.test\\.ts$'] },
      to: { path: '^src/app/' },
    },
    {
      name: 'features-enter-each-other-by-the-door',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^src/features/([^/]+)/',
        pathNot: ['^src/features/$1/', '^src/features/[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'pure-feature-files-do-no-io',
      comment:
        'A file without a role suffix does no I/O: it may import core, types of vision, own pure files and zod.',
      severity: 'error',
      from: {
        path: '^src/features/[^/]+/',
        pathNot: ['\\.(routes|usecase|repository|actor|task|test)\\.ts$', '/index\\.ts$'],
      },
      to: {
        path: [
          '^src/(platform|http)/',
          npm,
          '^(node:)?(fs|net|http|http2|https|child_process|dns|tls|worker_threads)(/|$)',
        ],
        pathNot: [`${npm}zod/`, `${npm}re2js/`],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-feature-files-see-only-types-of-vision',
      severity: 'error',
      from: {
        path: '^src/features/[^/]+/',
        pathNot: ['\\.(task|test|usecase)\\.ts$', '/index\\.ts$'],
      },
      to: { path: '^src/vision/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tasks-get-their-adapters-handed-in',
      severity: 'error',
      from: { path: '\\.task\\.ts$' },
      to: { path: '^src/(platform|http)/' },
    },
    {
      name: 'sql-lives-in-repositories',
      severity: 'error',
      from: { path: '^src/features/', pathNot: '\\.(usecase|repository|actor|test)\\.ts$' },
      to: { path: ['^src/platform/db/', `${npm}(kysely|pg)/`], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'native-runtimes-have-one-home',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/platform/(onnx|media|ocr|pdf|barcodes)/', '\\.test\\.ts$'],
      },
      to: {
        path: `${npm}(onnxruntime-node|sharp|node-av|tesseract\\.js|zxing-wasm|pdfjs-dist|@napi-rs/canvas)/`,
      },
    },
    {
      name: 'web-knows-the-client-only',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
