import '../core/polyfill.ts';
import { serveJobs } from '../platform/processes/serve-jobs.ts';
import { tasks } from './tasks.ts';
import { visionJobs } from './vision-jobs.ts';

// Entry of the child processes that src/app/vision.ts starts.
serveJobs(visionJobs(tasks));
