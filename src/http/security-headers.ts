import type { FastifyInstance } from 'fastify';

/** For answers that are data: nothing may be loaded, framed, sniffed or cached. Pages set their own policy. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function sendSecurityHeaders(app: FastifyInstance, isTls: boolean): void {
  app.addHook('onSend', async (_request, reply, payload) => {
    const defaults: Record<string, string> = {
      'content-security-policy': DATA_POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
      ...(isTls && { 'strict-transport-security': 'max-age=31536000' }),
    };
    for (const [name, value] of Object.entries(defaults)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    return payload;
  });
}
