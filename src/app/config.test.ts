import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

describe('the environment', () => {
  it('needs nothing', () => {
    const config = loadConfig({});
    expect(config.http).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      publicUrl: 'http://localhost:8080',
    });
    expect(config.vision.processes).toBeGreaterThan(0);
  });

  it('names every fault at once and prints no value', () => {
    const load = () =>
      loadConfig({
        HTTP_PORT: 'eighty',
        DATABASE_URL: 'mysql://root:hunter2@db',
        MASTER_KEY: 'hunter2',
        LOG_LEVEL: 'loud',
      });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/HTTP_PORT[\s\S]*DATABASE_URL[\s\S]*MASTER_KEY[\s\S]*LOG_LEVEL/);
    expect(load).not.toThrow(/hunter2|eighty|loud/);
  });

  it('names what contradicts', () => {
    expect(() => loadConfig({ TLS_CERT: 'cert.pem' })).toThrow(/TLS_KEY/);
    expect(() => loadConfig({ RESTATE_ADMIN_URL: 'http://localhost:9070' })).toThrow(/all three/);
    const ownEngine = { RESTATE_INGRESS_URL: 'http://r:8080', RESTATE_ADMIN_URL: 'http://r:9070' };
    expect(loadConfig(ownEngine).engine.workerUrl).toBeUndefined();
    expect(() => loadConfig({ WORKER_URL: 'http://w:9080' })).toThrow(/all three/);
    expect(() => loadConfig({ OBJECT_STORE_URL: 's3://bucket' })).toThrow(/AWS_SECRET_ACCESS_KEY/);
    expect(() => loadConfig({ OBJECT_STORE_URL: 's3://bucket?region=x&key=hunter2' })).toThrow(
      /OBJECT_STORE_URL: knows no \?key=$/,
    );
    expect(() => loadConfig({ HTTP_PORT: '9000', METRICS_PORT: '9000' })).toThrow(/must differ/);
    expect(loadConfig({ HTTP_PORT: '0', METRICS_PORT: '0' }).http.port).toBe(0);
  });

  it('counts an empty variable as not set', () => {
    expect(loadConfig({ HTTP_PORT: '', DATABASE_URL: '' }).http.port).toBe(8080);
  });
});
