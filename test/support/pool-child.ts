import { AppError } from '../../src/core/errors.ts';
import { serveJobs } from '../../src/platform/processes/serve-jobs.ts';

/** A child whose jobs misbehave on demand. */
serveJobs(async (setup) => {
  const { unusable, dieAtStart } = (setup ?? {}) as { unusable?: string; dieAtStart?: boolean };
  if (unusable) throw new Error(unusable);
  if (dieAtStart) {
    process.stderr.write('the library is missing\n');
    process.exit(3);
  }
  return async (name, input, measure) => {
    measure(`part of ${name}`, 1);
    switch (name) {
      case 'echo':
        return input;
      case 'sleep':
        await new Promise((resolve) => setTimeout(resolve, input as number));
        return process.pid;
      case 'pid':
        return process.pid;
      case 'environment':
        return { ...process.env };
      case 'hang':
        for (;;) Math.random();
      case 'die':
        process.kill(process.pid, input as string);
        return new Promise(() => {});
      case 'exit':
        return process.exit(input as number);
      case 'refuse':
        throw new AppError('face_not_found', '`target`: no face found', {
          errors: [{ pointer: '/target', detail: 'no face' }],
          retryAfterS: 7,
        });
      case 'fail':
        throw new TypeError(`cannot read ${input}`);
      case 'unclonable':
        return () => 'a function';
      default:
        throw new Error(`no job ${name}`);
    }
  };
});
