import { parseComplete } from './wire-messages.ts';

/** Statements seen this often are kept: an `in (…)` of an odd length comes once and never again. */
const sightingsToKeep = 3;

export interface CachedUnit {
  /** What the backend is to run. */
  readonly bytes: Uint8Array;
  /** What the client is told in the backend's stead, before its answer. */
  readonly prologue?: Uint8Array;
  /** To be called with the first bytes of the backend's answer. */
  judge?(answer: Uint8Array): void;
}

interface Sighting {
  times: number;
  /** Known to the backend under this name. */
  name?: string;
}

const type = (letter: string) => letter.charCodeAt(0);
const query = type('Q');
const parse = type('P');
const bind = type('B');
const describe = type('D');
const sync = type('S');
const parsed = type('1');
const bound = type('2');

/**
 * Turns the unnamed statements that clients send again and again into prepared ones of the backend that all share:
 * parsing, rewriting for row-level security and planning are most of the work of a short statement. PostgreSQL itself
 * plans anew when the schema or the role has changed. To the clients it is as if nothing were kept.
 */
export class StatementCache {
  readonly #mostKept: number;
  #sightings = new Map<string, Sighting>();
  #kept = 0;
  #names = 0;
  #isOutdated = false;

  constructor(mostKept = 400) {
    this.#mostKept = mostKept;
  }

  /** Everything is to be forgotten here, and by `deallocate all` in the backend, between two transactions. */
  get isSpent(): boolean {
    return this.#isOutdated || this.#kept >= this.#mostKept;
  }

  clear(): void {
    this.#sightings.clear();
    this.#kept = 0;
    this.#isOutdated = false;
  }

  rewrite(bytes: Uint8Array): CachedUnit {
    if (bytes[0] === query) this.#isOutdated ||= changesStatements(bytes);
    const unit = readUnit(bytes);
    if (!unit) return { bytes };
    const sighting = this.#see(unit.statement);
    if (sighting.name !== undefined) return this.#useKept(unit, sighting, sighting.name);
    if (sighting.times < sightingsToKeep || this.isSpent) return { bytes };
    return this.#keep(unit, sighting);
  }

  #see(statement: string): Sighting {
    // One-off statements must not pile up.
    if (this.#sightings.size > this.#mostKept * 10) {
      this.#sightings = new Map([...this.#sightings].filter(([, { name }]) => name !== undefined));
    }
    const sighting = this.#sightings.get(statement) ?? { times: 0 };
    sighting.times++;
    this.#sightings.set(statement, sighting);
    return sighting;
  }

  #useKept(unit: ReadUnit, sighting: Sighting, name: string): CachedUnit {
    return {
      bytes: Buffer.concat([named(unit.bind, 2, name), unit.rest]),
      prologue: parseComplete,
      // Refused at once: its plan no longer fits, or somebody has deallocated it. The next one is parsed anew.
      judge: (answer) => {
        if (answer[0] !== bound) this.#forget(sighting);
      },
    };
  }

  #keep(unit: ReadUnit, sighting: Sighting): CachedUnit {
    this.#names++;
    const name = `kept_${this.#names}`;
    sighting.name = name;
    this.#kept++;
    return {
      bytes: Buffer.concat([named(unit.parse, 1, name), named(unit.bind, 2, name), unit.rest]),
      judge: (answer) => {
        if (answer[0] !== parsed) this.#forget(sighting);
      },
    };
  }

  #forget(sighting: Sighting): void {
    delete sighting.name;
    sighting.times = 0;
  }
}

interface ReadUnit {
  /** Text and parameter types, as they stand in the message. */
  readonly statement: string;
  readonly parse: Buffer;
  readonly bind: Buffer;
  readonly rest: Buffer;
}

/** After a change of the schema a kept `select *` would be refused for the columns that it promised. */
function changesStatements(simpleQuery: Uint8Array): boolean {
  return /\b(?:alter|create|drop|deallocate|discard)\b/i.test(Buffer.from(simpleQuery).toString());
}

/** Parse and Bind of the unnamed statement, then neither another of them nor a Describe of a statement. */
function readUnit(bytes: Uint8Array): ReadUnit | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] !== parse || buffer[5] !== 0 || buffer.at(-5) !== sync) return undefined;
  const bindAt = buffer.readInt32BE(1) + 1;
  // Both the portal and the statement are unnamed.
  if (buffer[bindAt] !== bind || buffer[bindAt + 5] !== 0 || buffer[bindAt + 6] !== 0) {
    return undefined;
  }
  const restAt = bindAt + buffer.readInt32BE(bindAt + 1) + 1;
  for (let at = restAt; at < buffer.length; at += buffer.readInt32BE(at + 1) + 1) {
    if (buffer[at] === parse || buffer[at] === bind) return undefined;
    if (buffer[at] === describe && buffer[at + 5] === type('S')) return undefined;
  }
  return {
    statement: buffer.toString('latin1', 6, bindAt),
    parse: buffer.subarray(0, bindAt),
    bind: buffer.subarray(bindAt, restAt),
    rest: buffer.subarray(restAt),
  };
}

/** The message with its statement's name; `which` of the strings at its start that is, counted from 1. */
function named(message: Buffer, which: 1 | 2, name: string): Buffer {
  const at = 5 + which - 1;
  const named = Buffer.concat([
    message.subarray(0, at),
    Buffer.from(name, 'latin1'),
    message.subarray(at),
  ]);
  named.writeInt32BE(message.readInt32BE(1) + name.length, 1);
  return named;
}
