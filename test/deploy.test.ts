import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { environmentSchema, loadConfig } from '../src/app/config.ts';
import { allRoles, parseRoles, requireShared } from '../src/app/roles.ts';

/**
 * Strict shapes of the Kubernetes kinds that the manifests use, after the API reference of Kubernetes 1.31. Every
 * field that is not listed here is refused, as a misspelt one is silently dropped by older servers.
 */
const labels = z.record(z.string(), z.string());
const meta = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  namespace: z.literal('bonafide').optional(),
  labels: labels.optional(),
});
const head = <Kind extends string, Version extends string>(kind: Kind, apiVersion: Version) => ({
  apiVersion: z.literal(apiVersion),
  kind: z.literal(kind),
  metadata: meta,
});
const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});
const quantity = z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/);
const portName = z.union([z.int().min(1).max(65_535), z.string().regex(/^[a-z][a-z0-9-]{0,14}$/)]);
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/health/'), port: portName }),
  periodSeconds: z.int().positive(),
  timeoutSeconds: z.int().positive().optional(),
  failureThreshold: z.int().positive().optional(),
});
const container = z.strictObject({
  name: z.string(),
  image: z.string().regex(/:\d/, 'must be pinned'),
  args: z.array(z.string()),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  envFrom: z.array(
    z.union([
      z.strictObject({ configMapRef: z.strictObject({ name: z.string() }) }),
      z.strictObject({ secretRef: z.strictObject({ name: z.string() }) }),
    ]),
  ),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: z.coerce.string().pipe(quantity), memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
});
const deployment = z.strictObject({
  ...head('Deployment', 'apps/v1'),
  spec: z.strictObject({
    replicas: z.int().min(2),
    selector,
    strategy: z.strictObject({
      rollingUpdate: z.strictObject({ maxUnavailable: z.int(), maxSurge: z.int() }),
    }),
    template: z.strictObject({
      metadata: z.strictObject({ labels, annotations: labels }),
      spec: z.strictObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.int().min(15),
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().positive(),
          runAsGroup: z.int().positive(),
          fsGroup: z.int().positive(),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        topologySpreadConstraints: z.array(
          z.strictObject({
            maxSkew: z.int(),
            topologyKey: z.string(),
            whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
            labelSelector: selector,
          }),
        ),
        containers: z.tuple([container]),
        volumes: z.array(
          z.strictObject({
            name: z.string(),
            persistentVolumeClaim: z.strictObject({ claimName: z.string() }).optional(),
            emptyDir: z.strictObject({ sizeLimit: quantity }).optional(),
          }),
        ),
      }),
    }),
  }),
});
const target = z.strictObject({
  type: z.enum(['AverageValue', 'Utilization']),
  averageValue: z.string().optional(),
  averageUtilization: z.int().optional(),
});
const autoscaler = z.strictObject({
  ...head('HorizontalPodAutoscaler', 'autoscaling/v2'),
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({
      apiVersion: z.literal('apps/v1'),
      kind: z.literal('Deployment'),
      name: z.string(),
    }),
    minReplicas: z.int().positive(),
    maxReplicas: z.int().positive(),
    metrics: z.array(
      z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('Pods'),
          pods: z.strictObject({ metric: z.strictObject({ name: z.string() }), target }),
        }),
        z.strictObject({
          type: z.literal('Resource'),
          resource: z.strictObject({ name: z.enum(['cpu', 'memory']), target }),
        }),
      ]),
    ),
    behavior: z
      .strictObject({
        scaleUp: z.strictObject({ stabilizationWindowSeconds: z.int() }),
        scaleDown: z.strictObject({ stabilizationWindowSeconds: z.int() }),
      })
      .optional(),
  }),
});
const peer = z.strictObject({
  namespaceSelector: selector.optional(),
  podSelector: selector.optional(),
  ipBlock: z.strictObject({ cidr: z.cidrv4(), except: z.array(z.cidrv4()).optional() }).optional(),
});
const ports = z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP']), port: portName }));
const networkPolicy = z.strictObject({
  ...head('NetworkPolicy', 'networking.k8s.io/v1'),
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).min(1),
    ingress: z.array(z.strictObject({ from: z.array(peer), ports })).optional(),
    egress: z.array(z.strictObject({ to: z.array(peer), ports })).optional(),
  }),
});
const manifest = z.discriminatedUnion('kind', [
  deployment,
  autoscaler,
  networkPolicy,
  z.strictObject({ ...head('Namespace', 'v1') }),
  z.strictObject({
    ...head('ServiceAccount', 'v1'),
    automountServiceAccountToken: z.literal(false),
  }),
  z.strictObject({ ...head('ConfigMap', 'v1'), data: labels }),
  z.strictObject({ ...head('Secret', 'v1'), type: z.literal('Opaque'), stringData: labels }),
  z.strictObject({
    ...head('PersistentVolumeClaim', 'v1'),
    spec: z.strictObject({
      accessModes: z.tuple([z.literal('ReadWriteMany')]),
      resources: z.strictObject({ requests: z.strictObject({ storage: quantity }) }),
    }),
  }),
  z.strictObject({
    ...head('PodDisruptionBudget', 'policy/v1'),
    spec: z.strictObject({ maxUnavailable: z.int().positive(), selector }),
  }),
  z.strictObject({
    ...head('Service', 'v1'),
    spec: z.strictObject({
      selector: labels,
      ports: z.array(z.strictObject({ name: z.string(), port: z.int(), targetPort: portName })),
    }),
  }),
]);
type Manifest = z.infer<typeof manifest>;
type Deployment = z.infer<typeof deployment>;

const folder = new URL('../deploy/kubernetes/', import.meta.url);
const documents: Manifest[] = readdirSync(folder).flatMap((name) =>
  parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')).map((document) => {
    expect(document.errors, name).toEqual([]);
    const parsed = manifest.safeParse(document.toJS());
    if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
    return parsed.data;
  }),
);
const ofKind = <Kind extends Manifest['kind']>(kind: Kind) =>
  documents.filter((one): one is Extract<Manifest, { kind: Kind }> => one.kind === kind);

function environmentOf({ spec }: Deployment): Record<string, string> {
  const [{ env = [] }] = spec.template.spec.containers;
  const [config, secret] = [ofKind('ConfigMap')[0]?.data, ofKind('Secret')[0]?.stringData];
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...config, ...secret, ...own };
}

describe('the Kubernetes manifests', () => {
  it('have one deployment, one disruption budget for every role, and handlers a service', () => {
    const roles = ofKind('Deployment').map(({ spec }) => {
      const [{ args }] = spec.template.spec.containers;
      expect(args.slice(0, 2)).toEqual(['serve', '--roles']);
      return parseRoles(args[2] ?? '');
    });
    expect(roles.flat().sort()).toEqual([...allRoles].sort());
    const names = ofKind('Deployment').map(({ metadata }) => metadata.name);
    expect(ofKind('PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(names);
  });

  it.each(ofKind('Deployment').map((one) => [one.metadata.name, one] as const))(
    '%s is configured so that it starts, and refers to what exists',
    (name, one) => {
      const { template, selector: chosen } = one.spec;
      const [{ args, ports: open, volumeMounts, readinessProbe }] = template.spec.containers;
      const environment = environmentOf(one);
      const known = new Set(Object.keys(environmentSchema.shape));
      expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([]);
      const config = loadConfig({ ...environment, MASTER_KEY: 'a1'.repeat(32) });
      expect(() => requireShared(config, parseRoles(args[2] ?? ''))).not.toThrow();
      expect(() => loadConfig(environment)).toThrow(/MASTER_KEY/);

      expect(template.metadata.labels).toMatchObject(chosen.matchLabels ?? {});
      const volumes = template.spec.volumes.map((volume) => volume.name);
      expect(volumeMounts.map((mount) => mount.name)).toEqual(volumes);
      const portNames = open.map((port) => port.name);
      expect(portNames).toContain(readinessProbe.httpGet.port);
      const service = ofKind('Service').find(({ metadata }) => metadata.name === name);
      for (const { targetPort } of service?.spec.ports ?? []) {
        expect(portNames).toContain(targetPort);
      }
      if (config.engine.workerUrl) {
        const { hostname, port } = new URL(config.engine.workerUrl);
        expect(hostname).toBe(service?.metadata.name);
        expect(service?.spec.ports.map((one) => String(one.port))).toContain(port);
        // A service spreads connections, and HTTP/2 has one only.
        expect(config.engine.workerProtocol).toBe('http1');
      }
    },
  );

  it('scale what exists, the pools by what waits in them', () => {
    const names = ofKind('Deployment').map(({ metadata }) => metadata.name);
    for (const { spec } of ofKind('HorizontalPodAutoscaler')) {
      expect(names).toContain(spec.scaleTargetRef.name);
      expect(spec.maxReplicas).toBeGreaterThan(spec.minReplicas);
    }
    const byQueue = ofKind('HorizontalPodAutoscaler')
      .filter(({ spec }) => spec.metrics[0]?.type === 'Pods')
      .map(({ metadata }) => metadata.name);
    expect(byQueue).toEqual(['bonafide-cpu', 'bonafide-inference']);
  });

  it('let nobody in or out but by name, and nobody to metadata services', () => {
    const [first] = ofKind('NetworkPolicy');
    expect(first?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const world = ofKind('NetworkPolicy').flatMap(({ spec }) => spec.egress ?? []);
    const blocks = world.flatMap(({ to }) => to.flatMap(({ ipBlock }) => ipBlock ?? []));
    for (const { except } of blocks) expect(except).toContain('169.254.0.0/16');
    expect(blocks.length).toBeGreaterThan(0);
  });
});

const service = z.looseObject({
  image: z.string(),
  restart: z.literal('unless-stopped'),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()),
  networks: z.array(z.enum(['internal', 'outside'])),
});

describe('the compose file', () => {
  const text = readFileSync(new URL('../deploy/compose.yaml', import.meta.url), 'utf8');
  const values: Record<string, string> = {
    MASTER_KEY: 'a1'.repeat(32),
    PUBLIC_URL: 'http://localhost:8080',
  };
  const filled = text.replace(/\$\{(\w+):\?\}/g, (_, name: string) => values[name] ?? 'x');
  const { services } = z
    .looseObject({ services: z.record(z.string(), service) })
    .parse(parse(filled, { merge: true }));
  const ours = Object.entries(services).filter(([, { command }]) => command);

  it('runs every role, configured so that it starts', () => {
    const roles = ours.flatMap(([name, { command = [], environment }]) => {
      const found = parseRoles(command[2] ?? '');
      const config = loadConfig(environment);
      expect(() => requireShared(config, found)).not.toThrow();
      const { workerUrl } = config.engine;
      if (workerUrl) expect(new URL(workerUrl).hostname).toBe(name);
      return found;
    });
    expect(roles.sort()).toEqual([...allRoles].sort());
  });

  it('publishes no port but that of the API, on loopback, and keeps Restate inside', () => {
    expect(Object.entries(services).filter(([, one]) => one.ports)).toMatchObject([
      ['api', { ports: ['127.0.0.1:8080:8080'] }],
    ]);
    expect(services.restate?.networks).toEqual(['internal']);
    expect(services.database?.networks).toEqual(['internal']);
  });

  it('asks for every secret of the example', () => {
    const example = readFileSync(new URL('../deploy/example.env', import.meta.url), 'utf8');
    const asked = [...text.matchAll(/\$\{(\w+):\?\}/g)].map((match) => match[1]);
    for (const name of new Set(asked)) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
  });
});

describe.each(['Dockerfile', 'Dockerfile.lambda'])('%s', (name) => {
  const lines = readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8').split('\n');

  it('builds in one stage, runs in another, and starts what exists', () => {
    expect(lines.filter((line) => line.startsWith('FROM '))).toHaveLength(2);
    const variables = lines.flatMap((line) => [...line.matchAll(/\b([A-Z_]+)=/g)].map((m) => m[1]));
    const known = new Set(['NODE_ENV', ...Object.keys(environmentSchema.shape)]);
    expect(variables.filter((variable) => !known.has(variable ?? ''))).toEqual([]);
    if (name === 'Dockerfile') {
      expect(lines).toContain('USER 10001:10001');
    } else {
      expect(lines).toContain('CMD ["dist/app/functions.handler"]');
    }
  });
});
