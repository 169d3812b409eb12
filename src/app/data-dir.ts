import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/errors.ts';
import { makeDirectory } from '../platform/files/durable-file.ts';
import { lockDirectory, touchEveryMs } from '../platform/pglite/directory-lock.ts';

export interface DataDirLock {
  release(): void;
}

/**
 * Makes the data directory (0700) and keeps it for this process: keys, objects and credentials in it would
 * not survive two platforms, whichever database they use.
 * @throws AppError data_dir_in_use | data_dir_unusable | storage_full
 */
export async function lockDataDir(
  dataDir: string,
  onLost: (error: unknown) => void,
): Promise<DataDirLock> {
  try {
    await makeDirectory(dataDir);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    const lock = await lockDirectory(join(dataDir, 'platform.lock'), process.pid, process.pid);
    const timer = setInterval(() => {
      try {
        lock.touch();
      } catch (error) {
        onLost(error);
      }
    }, touchEveryMs);
    timer.unref();
    return {
      release() {
        clearInterval(timer);
        lock.release();
      },
    };
  } catch (error) {
    throw toDataDirError(error, dataDir);
  }
}

function toDataDirError(error: unknown, dataDir: string): unknown {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('storage_full', `no space left: ${dataDir}`, { cause: error });
  }
  return new AppError('data_dir_unusable', `${code ?? 'unusable'}: ${dataDir}`, { cause: error });
}
