/** What Piscina loads in each worker: the default export is the task. */
import { workerData } from 'piscina';
import { taskOf, type TaskData, type TaskMessage } from '../task-pool/task.ts';

const task: (message: TaskMessage) => number = taskOf(workerData as TaskData);
export default task;
