/** Messages of PostgreSQL's protocol 3 that the server answers by itself. */

/** What a backend says after a successful login. There is no password: the socket's directory is private. */
export function greeting(serverVersion: string): Buffer {
  const parameters = {
    server_version: serverVersion,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  };
  return Buffer.concat([
    message('R', Buffer.alloc(4)), // AuthenticationOk
    ...Object.entries(parameters).map(([name, value]) => message('S', text(name), text(value))),
    message('K', Buffer.alloc(8)), // BackendKeyData: cancelling is not possible
    message('Z', Buffer.from('I')),
  ]);
}

/** What is said of a statement that is known already. */
export const parseComplete: Uint8Array = Uint8Array.from(message('1'));

/** Simple query. */
export function query(statement: string): Uint8Array {
  return Uint8Array.from(message('Q', text(statement)));
}

export function errorResponse(severity: string, sqlState: string, words: string): Buffer {
  const fields = Object.entries({ S: severity, V: severity, C: sqlState, M: words });
  return message('E', ...fields.map(([field, value]) => text(field + value)), Buffer.alloc(1));
}

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
