import { closeSync, fdatasyncSync, fsyncSync, openSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The part of Emscripten's NODEFS that we replace. */
interface NodeFsModule {
  FS: {
    filesystems: {
      NODEFS: {
        realPath(node: unknown): string;
        tryFSOperation<T>(operation: () => T): T;
        node_ops: Record<string, unknown>;
        stream_ops: Record<string, unknown>;
      };
    };
    lookupNode(parent: unknown, name: string): unknown;
    hashRemoveNode(node: unknown): void;
  };
}
type PreRun = NonNullable<Parameters<NodeFS['init']>[1]['preRun']>;

/**
 * PGlite's own file system loses acknowledged rows when the power goes: its fsync does nothing, and its rename
 * removes the target first. Here both are what PostgreSQL believes them to be; it syncs directories by itself.
 */
class DurableNodeFS extends NodeFS {
  override async init(...[pglite, options]: Parameters<NodeFS['init']>) {
    const makeDurable = (mod: unknown) => patch(mod as NodeFsModule);
    const preRun = [...((options.preRun ?? []) as unknown[]), makeDurable] as PreRun;
    return super.init(pglite, { ...options, preRun });
  }
}

function patch({ FS }: NodeFsModule): void {
  const { NODEFS } = FS.filesystems;
  NODEFS.stream_ops.fsync = ({ nfd }: { nfd: number }) =>
    NODEFS.tryFSOperation(() => syncFile(nfd));
  NODEFS.node_ops.rename = (node: { name: string }, directory: unknown, name: string) => {
    const from = NODEFS.realPath(node);
    const to = join(NODEFS.realPath(directory), name);
    NODEFS.tryFSOperation(() => renameSync(from, to));
    forgetCached(FS, directory, name);
    node.name = name;
  };
}

/** A node of the replaced file in Emscripten's cache would shadow the new one. */
function forgetCached(FS: NodeFsModule['FS'], directory: unknown, name: string): void {
  try {
    FS.hashRemoveNode(FS.lookupNode(directory, name));
  } catch {
    // Not cached: nothing to forget.
  }
}

function syncFile(descriptor: number): number {
  try {
    fdatasyncSync(descriptor);
  } catch (error) {
    // Some file systems do not sync directories or devices and say so; PostgreSQL ignores that as well.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'EBADF') throw error;
  }
  return 0;
}

export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Every file and directory below `path`, itself included. */
export function syncTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) syncTree(child);
    else if (entry.isFile()) syncDirectory(child);
  }
  syncDirectory(path);
}

/** Opens a data directory so that a commit is on the disk when it returns. */
export function openDurable(dataDirectory: string, options: PGliteOptions = {}): Promise<PGlite> {
  return PGlite.create({
    ...options,
    fs: new DurableNodeFS(dataDirectory),
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
      ...['fsync=on', 'synchronous_commit=on', 'wal_sync_method=fsync'].flatMap((s) => ['-c', s]),
      // The log may quote rows. Faults reach the client, who decides what to say about them.
      ...['log_min_messages=fatal', 'log_min_error_statement=panic'].flatMap((s) => ['-c', s]),
    ],
  });
}
