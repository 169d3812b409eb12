import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyInstance } from 'fastify';

/** One span a request, child of the caller's `traceparent`. Costs nothing while tracing is off. */
export function traceRequests(app: FastifyInstance): void {
  const tracer = trace.getTracer('bonafide/http');
  app.addHook('onRequest', (request, reply, done) => {
    const parent = propagation.extract(context.active(), request.headers);
    const operation = request.routeOptions.schema?.operationId ?? 'none';
    const span = tracer.startSpan(
      operation,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method } },
      parent,
    );
    reply.raw.once('close', () => {
      span.setAttribute('http.response.status_code', reply.statusCode);
      if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    context.with(trace.setSpan(parent, span), done);
  });
}
