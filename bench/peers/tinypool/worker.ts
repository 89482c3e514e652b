/** What Tinypool loads in each worker: the default export is the task. */
import { Tinypool } from 'tinypool';
import { taskOf, type TaskData, type TaskMessage } from '../task-pool/task.ts';

const task: (message: TaskMessage) => number = taskOf(Tinypool.workerData as TaskData);
export default task;
