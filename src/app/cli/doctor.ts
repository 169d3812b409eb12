import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import type { Finding } from './finding.ts';
import { exitCodes, paint, writeJson } from './output.ts';

const gibibyte = 2 ** 30;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'examine machine, memory, disk, database, objects, models, ports and a running platform, and say what to do',
    )
    .option('--json', 'print the findings as JSON')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(loadConfig(process.env));
      if (options.json) writeJson(true, { findings });
      else for (const finding of findings) console.log(render(finding));
      if (findings.some(({ status }) => status === 'problem'))
        process.exitCode = exitCodes.negative;
    });
}

export async function examine(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [examineNode(process.versions.node), ...examineMachine(config)];
  findings.push(await examineDisk(config.dataDir));
  // Loaded only now: clients of servers take a while, and a fault in them must not hide the findings above.
  const { examineDatabase, examineObjects } = await import('./doctor-store.ts');
  findings.push(await examineDatabase(config), await examineObjects(config));
  findings.push(await examineModels(config));
  findings.push(await examineVision(config));
  const isRunning = await examinePlatform(config);
  findings.push(isRunning ?? (await examinePort('HTTP_PORT', config.http.port, config.http.host)));
  if (!isRunning)
    findings.push(await examinePort('METRICS_PORT', config.metrics.port, '127.0.0.1'));
  return findings;
}

function examineNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = major > 20 || (major === 20 && minor >= 19);
  return {
    what: 'Node.js',
    status: isSupported ? 'ok' : 'problem',
    found: version,
    ...(!isSupported && { advice: 'Install Node.js 20.19 or newer.' }),
  };
}

function examineMachine(config: Config): Finding[] {
  const cores = availableParallelism();
  const free = freemem();
  // Measured: about 300 MB a vision process with its models, and the rest of the platform beside it.
  const needed = (config.vision.processes * 0.3 + 1) * gibibyte;
  return [
    {
      what: 'processors',
      status: config.vision.processes > cores ? 'warning' : 'ok',
      found: `${cores}, ${process.arch}; ${config.vision.processes} vision processes`,
      ...(config.vision.processes > cores && {
        advice: `Set VISION_PROCESSES to at most ${cores}: more processes than cores only wait for each other.`,
      }),
    },
    {
      what: 'memory',
      status: free < needed ? 'warning' : 'ok',
      found: `${toGiB(free)} of ${toGiB(totalmem())} free`,
      ...(free < needed && {
        advice: `About ${toGiB(needed)} are used; free some memory or lower VISION_PROCESSES.`,
      }),
    },
  ];
}

async function examineDisk(dataDir: string): Promise<Finding> {
  const what = `disk (${dataDir})`;
  try {
    // The folder may not exist before the first start: its closest parent that does tells the same.
    let folder = dataDir;
    while (!(await exists(folder)) && folder !== dirname(folder)) folder = dirname(folder);
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    return {
      what,
      status: free < gibibyte ? 'problem' : free < 5 * gibibyte ? 'warning' : 'ok',
      found: `${toGiB(free)} free, writable`,
      ...(free < 5 * gibibyte && {
        advice: 'Keep at least 5 GiB free; DATA_DIR moves the data to another disk.',
      }),
    };
  } catch {
    return {
      what,
      status: 'problem',
      found: 'not writable',
      advice: 'Set DATA_DIR to a folder that this user may write.',
    };
  }
}

async function examineModels(config: Config): Promise<Finding> {
  try {
    const { resolveModels } = await import('../../features/models/index.ts');
    const pack = await resolveModels({ dataDir: config.dataDir });
    return {
      what: 'models',
      status: 'ok',
      found: `pack ${pack.name}: ${pack.models.map(({ model }) => model.name).join(', ')}`,
    };
  } catch (error) {
    return {
      what: 'models',
      status: 'problem',
      found: error instanceof Error ? error.message : String(error),
      advice: 'Run `bonafide models verify`; `npm run prepare` makes the default pack anew.',
    };
  }
}

/** Starts one vision process for real: native libraries, models and memory are then known to work. */
async function examineVision(config: Config): Promise<Finding> {
  const startedAt = performance.now();
  try {
    const { openVision } = await import('../open-vision.ts');
    const vision = await openVision({ dataDir: config.dataDir, processes: 1 });
    await vision.ready();
    await vision.close();
    return {
      what: 'vision process',
      status: 'ok',
      found: `starts and loads its models in ${Math.round(performance.now() - startedAt)} ms`,
    };
  } catch (error) {
    return {
      what: 'vision process',
      status: 'problem',
      found: error instanceof Error ? error.message : String(error),
      advice: 'Run `npm ci` again; the native libraries of this machine may be missing.',
    };
  }
}

/** A platform that runs here already: its own answer replaces the look at the port. */
async function examinePlatform(config: Config): Promise<Finding | undefined> {
  const protocol = config.http.tls ? 'https' : 'http';
  const url = `${protocol}://${config.http.host}:${config.http.port}/health/ready`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    const text = (await response.text()).slice(0, 500);
    return {
      what: 'platform',
      status: response.ok ? 'ok' : 'problem',
      found: response.ok ? `running and ready at ${url}` : `running, not ready: ${text}`,
      ...(!response.ok && {
        advice: 'The answer names the part that is not ready; its log says why.',
      }),
    };
  } catch {
    return undefined;
  }
}

async function examinePort(variable: string, port: number, host: string): Promise<Finding> {
  const isFree = await new Promise<boolean>((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, host, () => server.close(() => done(true)));
  });
  return {
    what: `${variable} ${port}`,
    status: isFree ? 'ok' : 'problem',
    found: isFree ? 'free' : 'taken by another program',
    ...(!isFree && { advice: `Stop that program or set ${variable} to another port.` }),
  };
}

function render({ what, status, found, advice }: Finding): string {
  const mark = {
    ok: paint('green', '✓'),
    warning: paint('yellow', '!'),
    problem: paint('red', '✗'),
  }[status];
  return `${mark} ${what}: ${found}${advice ? `\n    ${advice}` : ''}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function toGiB(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}
