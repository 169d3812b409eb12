import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { FrontendReader, type Unit } from './frontend-reader.ts';
import { StatementCache } from './statement-cache.ts';
import { errorResponse, greeting, query } from './wire-messages.ts';

/** The one backend that all connections share. */
export interface Backend {
  /** Runs protocol messages to their end; `onData` gets the answer, possibly in parts that are only valid during the call. */
  execute(messages: Uint8Array, onData: (data: Uint8Array) => void): Promise<void>;
  isInTransaction(): boolean;
}

export interface WireServerOptions {
  readonly backend: Backend;
  /** Unix socket. */
  readonly path: string;
  readonly serverVersion: string;
  /** A client that leaves its transaction open longer blocks everybody: it is rolled back and disconnected. */
  readonly idleInTransactionMs: number;
  /** The backend failed in a way that SQL errors do not: nothing it says can be trusted any more. */
  readonly onBroken: (error: unknown) => void;
}

export interface WireServer {
  /** Runs statements between transactions of clients; used for upkeep. */
  runBetween(statement: string): Promise<void>;
  /** Units executed since the start. */
  readonly executed: number;
  readonly connections: number;
  close(): Promise<void>;
}

interface Turn {
  readonly connection: Connection | undefined;
  readonly unit: Unit;
  readonly done?: () => void;
}

interface Connection {
  readonly socket: Socket;
  readonly reader: FrontendReader;
  closed: boolean;
}

/**
 * PostgreSQL's wire protocol for many clients on one backend. Messages up to a Sync (or one simple query) run as
 * a unit, and an open transaction owns the backend until it ends, so that clients cannot mix their statements.
 */
export async function startWireServer(options: WireServerOptions): Promise<WireServer> {
  const multiplexer = new Multiplexer(options);
  const server = createServer((socket) => multiplexer.accept(socket));
  await listen(server, options.path);
  chmodSync(options.path, 0o600);
  return {
    runBetween: (statement) => multiplexer.runBetween(statement),
    get executed() {
      return multiplexer.executed;
    },
    get connections() {
      return multiplexer.connections.size;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { socket } of multiplexer.connections) socket.destroy();
      await closed;
      await multiplexer.idle();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

class Multiplexer {
  readonly connections = new Set<Connection>();
  executed = 0;
  readonly #options: WireServerOptions;
  readonly #statements = new StatementCache();
  #queue: Turn[] = [];
  #running: Promise<void> | undefined;
  /** Holds the backend: its transaction, or its unfinished extended query, is open. */
  #owner: Connection | undefined;
  #ownerIdle: NodeJS.Timeout | undefined;

  constructor(options: WireServerOptions) {
    this.#options = options;
  }

  accept(socket: Socket): void {
    const connection: Connection = { socket, reader: new FrontendReader(), closed: false };
    this.connections.add(connection);
    socket.on('data', (data) => this.#receive(connection, data));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#forget(connection));
  }

  runBetween(statement: string): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({
        connection: undefined,
        unit: { bytes: query(statement), complete: true },
        done: resolve,
      });
      this.#run();
    });
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  #receive(connection: Connection, data: Buffer): void {
    try {
      for (const event of connection.reader.read(data)) {
        if (event.type === 'refuse-encryption') connection.socket.write('N');
        else if (event.type === 'startup')
          connection.socket.write(greeting(this.#options.serverVersion));
        else if (event.type === 'unit') this.#queue.push({ connection, unit: event.unit });
        else connection.socket.end();
      }
    } catch {
      // Broken framing: nothing after it can be understood.
      connection.socket.destroy();
    }
    this.#run();
  }

  #run(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined;
    });
  }

  async #drain(): Promise<void> {
    for (let turn = this.#next(); turn; turn = this.#next()) {
      clearTimeout(this.#ownerIdle);
      try {
        await this.#execute(turn);
      } catch (error) {
        this.#options.onBroken(error);
      }
      turn.done?.();
    }
  }

  #next(): Turn | undefined {
    const owner = this.#owner;
    const index = owner ? this.#queue.findIndex(({ connection }) => connection === owner) : 0;
    return index < 0 ? undefined : this.#queue.splice(index, 1)[0];
  }

  async #execute({ connection, unit }: Turn): Promise<void> {
    if (connection?.closed) return;
    const { backend } = this.#options;
    this.executed++;
    const tell = (data: Uint8Array) => {
      if (connection?.socket.writable) connection.socket.write(data);
    };
    const { bytes, prologue, judge } = this.#statements.rewrite(unit.bytes);
    if (prologue) tell(prologue);
    let isFirst = true;
    await backend.execute(bytes, (data) => {
      if (isFirst) judge?.(data);
      isFirst = false;
      // The bytes are a view of the backend's memory, which the next call overwrites.
      tell(Buffer.from(data));
    });
    const holds = backend.isInTransaction() || !unit.complete;
    this.#owner = holds ? connection : undefined;
    if (!holds && this.#statements.isSpent) await this.#forgetStatements();
    if (!holds || !connection) return;
    if (connection.closed) await this.#rollBack();
    else this.#watch(connection);
  }

  #watch(connection: Connection): void {
    this.#ownerIdle = setTimeout(() => {
      if (this.#owner !== connection || this.#running) return;
      const reason = 'terminating connection due to idle-in-transaction timeout';
      connection.socket.end(errorResponse('FATAL', '25P03', reason));
      this.#forget(connection);
    }, this.#options.idleInTransactionMs);
  }

  #forget(connection: Connection): void {
    if (connection.closed) return;
    connection.closed = true;
    this.connections.delete(connection);
    this.#queue = this.#queue.filter((turn) => turn.connection !== connection);
    // While a unit of it runs, #execute sees that it is closed and rolls back.
    if (this.#owner !== connection || this.#running) return;
    this.#running = this.#rollBack()
      .catch(this.#options.onBroken)
      .finally(() => {
        this.#running = undefined;
        this.#run();
      });
  }

  async #forgetStatements(): Promise<void> {
    this.#statements.clear();
    await this.#options.backend.execute(query('deallocate all'), () => {});
  }

  async #rollBack(): Promise<void> {
    clearTimeout(this.#ownerIdle);
    this.#owner = undefined;
    await this.#options.backend.execute(query('rollback'), () => {});
  }
}
