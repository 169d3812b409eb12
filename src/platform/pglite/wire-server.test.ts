import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Backend, startWireServer, type WireServer } from './wire-server.ts';

/** Answers each unit; notes what it was asked, and in which order. */
function fakeBackend() {
  const asked: string[] = [];
  let inTransaction = false;
  const backend: Backend = {
    isInTransaction: () => inTransaction,
    async execute(messages, onData) {
      const text = Buffer.from(messages.subarray(5, -1)).toString();
      asked.push(text);
      await sleep(1);
      if (text === 'fail') throw new Error('trap');
      if (text === 'begin') inTransaction = true;
      if (text === 'commit' || text === 'rollback') inTransaction = false;
      const tag = Buffer.from(`${text}\0`);
      const complete = Buffer.alloc(5);
      complete.write('C');
      complete.writeInt32BE(tag.length + 4, 1);
      const status = Buffer.from(inTransaction ? 'T' : 'I');
      onData(Buffer.concat([complete, tag, Buffer.from([0x5a, 0, 0, 0, 5]), status]));
    },
  };
  return { backend, asked };
}

describe('wire server', () => {
  let directory: string;
  let server: WireServer;
  let fake: ReturnType<typeof fakeBackend>;
  const clients: pg.Client[] = [];
  const onBroken = vi.fn();

  beforeEach(async () => {
    onBroken.mockReset();
    directory = mkdtempSync(join(tmpdir(), 'bonafide-wire-'));
    fake = fakeBackend();
    server = await startWireServer({
      backend: fake.backend,
      path: join(directory, '.s.PGSQL.5432'),
      serverVersion: '18.0',
      idleInTransactionMs: 60,
      onBroken,
    });
  });
  afterEach(async () => {
    await Promise.allSettled(clients.splice(0).map((client) => client.end()));
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({ host: directory, user: 'postgres', database: 'postgres' });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  it('lets a transaction of one client finish before it serves others', async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query('begin');
    const waiting = b.query('b');
    await a.query('a1');
    await a.query('a2');
    await a.query('commit');
    await waiting;
    expect(fake.asked).toEqual(['begin', 'a1', 'a2', 'commit', 'b']);
  });

  it('rolls back and disconnects a client that sits on its transaction', async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query('begin');
    const ended = new Promise<Error>((resolve) => a.once('error', resolve));
    await b.query('b');
    expect(await ended).toMatchObject({ code: '25P03' });
    expect(fake.asked).toEqual(['begin', 'rollback', 'b']);
  });

  it('rolls back the transaction of a client that went away', async () => {
    const [a, b] = [await connect(), await connect()];
    await a.query('begin');
    await a.end();
    await b.query('b');
    expect(fake.asked).toEqual(['begin', 'rollback', 'b']);
  });

  it('keeps upkeep out of transactions', async () => {
    const a = await connect();
    await a.query('begin');
    const upkeep = server.runBetween('checkpoint');
    await a.query('commit');
    await upkeep;
    expect(fake.asked).toEqual(['begin', 'commit', 'checkpoint']);
  });

  it('says when the backend cannot be trusted any more', async () => {
    const a = await connect();
    void a.query('fail').catch(() => {});
    await vi.waitFor(() => expect(onBroken).toHaveBeenCalledOnce());
  });

  it('is reachable by its owner only', () => {
    expect(statSync(join(directory, '.s.PGSQL.5432')).mode & 0o777).toBe(0o600);
  });
});
