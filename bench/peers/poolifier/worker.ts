/** What poolifier loads in each worker: the default export wraps the task. */
import { workerData } from 'node:worker_threads';
import { ThreadWorker } from 'poolifier';
import { taskOf, type TaskData, type TaskMessage } from '../task-pool/task.ts';

const task = taskOf(workerData as TaskData);

export default new ThreadWorker<TaskMessage, number>((message) =>
  message === undefined ? 0 : task(message),
);
