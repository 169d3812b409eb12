/**
 * Just enough of the Protocol Buffers wire format to write an ONNX file.
 * A field is its encoded bytes; a message is its fields one after the other.
 */

const WIRE_VARINT = 0;
const WIRE_LENGTH = 2;

/** Unsigned base-128, low group first. Negative numbers are written as 64-bit two's complement, as int64 asks. */
export function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function intField(field: number, value: number | bigint): Uint8Array {
  return concat([varint((field << 3) | WIRE_VARINT), varint(value)]);
}

/** A string, bytes or nested message. */
export function bytesField(field: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return concat([varint((field << 3) | WIRE_LENGTH), varint(bytes.length), bytes]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
