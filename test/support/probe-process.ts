import { visionJobs } from '../../src/app/vision-jobs.ts';
import { serveJobs } from '../../src/platform/processes/serve-jobs.ts';
import { probeTasks } from './probe-tasks.ts';

/** A vision process with tasks that only tests need. */
serveJobs(visionJobs(probeTasks));
