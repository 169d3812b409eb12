/** Messages that belong together. `complete` is false after a Flush: the client goes on before its Sync. */
export interface Unit {
  readonly bytes: Uint8Array;
  readonly complete: boolean;
}

export type FrontendEvent =
  | { type: 'refuse-encryption' }
  | { type: 'startup' }
  | { type: 'unit'; unit: Unit }
  | { type: 'end' };

/** PostgreSQL documentation, "Message Formats". */
const protocol3 = 3;
const encryptionRequests = new Set([80877103, 80877104]);
const cancelRequest = 80877102;
/** Far above any statement of ours; a client that sends more is broken. */
const maxUnitBytes = 64 * 1024 * 1024;

const query = 'Q'.charCodeAt(0);
const sync = 'S'.charCodeAt(0);
const flush = 'H'.charCodeAt(0);
const terminate = 'X'.charCodeAt(0);

/** Cuts a client's bytes into units that may run without others in between. Pure apart from its buffer. */
export class FrontendReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Bytes of whole messages at the start of the buffer that wait for their Sync. */
  #pending = 0;
  #isStarted = false;

  /** @throws RangeError when the bytes are not the protocol, or too many */
  *read(data: Buffer): Generator<FrontendEvent> {
    this.#buffer = this.#buffer.length === 0 ? data : Buffer.concat([this.#buffer, data]);
    if (this.#buffer.length > maxUnitBytes) throw new RangeError('Too many bytes before a Sync');
    while (true) {
      const event = this.#isStarted ? this.#readMessage() : this.#readStartup();
      if (event === undefined) return;
      if (event !== 'more') yield event;
    }
  }

  #readStartup(): FrontendEvent | undefined {
    if (this.#buffer.length < 8) return undefined;
    const length = this.#buffer.readInt32BE(0);
    const code = this.#buffer.readInt32BE(4);
    if (length < 8 || length > 10_000) throw new RangeError('Not a startup packet');
    if (this.#buffer.length < length) return undefined;
    this.#buffer = this.#buffer.subarray(length);
    if (encryptionRequests.has(code)) return { type: 'refuse-encryption' };
    // There is one backend and no way to interrupt it; the protocol expects no answer.
    if (code === cancelRequest) return { type: 'end' };
    if (code >> 16 !== protocol3) throw new RangeError('Not protocol 3');
    this.#isStarted = true;
    return { type: 'startup' };
  }

  #readMessage(): FrontendEvent | 'more' | undefined {
    const rest = this.#buffer.length - this.#pending;
    if (rest < 5) return undefined;
    const length = this.#buffer.readInt32BE(this.#pending + 1);
    if (length < 4 || length > maxUnitBytes) throw new RangeError('Not a message');
    if (rest < length + 1) return undefined;
    const type = this.#buffer[this.#pending];
    this.#pending += length + 1;
    if (type === terminate) return this.#end();
    if (type !== query && type !== sync && type !== flush) return 'more';
    const bytes = Uint8Array.from(this.#buffer.subarray(0, this.#pending));
    this.#buffer = this.#buffer.subarray(this.#pending);
    this.#pending = 0;
    return { type: 'unit', unit: { bytes, complete: type !== flush } };
  }

  #end(): FrontendEvent {
    this.#buffer = Buffer.alloc(0);
    this.#pending = 0;
    return { type: 'end' };
  }
}
