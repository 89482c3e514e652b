/** What workerpool loads in each worker: the methods that may be called. */
import { workerData } from 'node:worker_threads';
import workerpool from 'workerpool';
import { taskOf, type TaskData } from '../task-pool/task.ts';

workerpool.worker({ task: taskOf(workerData as TaskData) });
