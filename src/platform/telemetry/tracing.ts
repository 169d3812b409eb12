/**
 * OpenTelemetry traces, sent to a collector over OTLP/HTTP. Off, and not even loaded, unless an endpoint is
 * configured; the SDK reads `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin itself, as its users expect.
 * Spans carry operation names, status and durations only.
 */
export async function startTracing(
  endpoint: string | undefined,
): Promise<{ close(): Promise<void> }> {
  if (endpoint === undefined) return { close: async () => undefined };
  const { NodeSDK, resources } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    resource: resources.resourceFromAttributes({ 'service.name': 'bonafide' }),
    // Found automatically would be host names, command lines and owners.
    autoDetectResources: false,
    instrumentations: [],
  });
  sdk.start();
  return { close: () => sdk.shutdown() };
}
