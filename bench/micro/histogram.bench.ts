/** Recording one latency: what the open-loop cells pay per message. */
import { LatencyRecorder, SharedHistogram } from '@millrace/testkit/bench';
import type { Primitive } from './primitive.ts';

const OPERATIONS = 1_000;
const recorder = new LatencyRecorder();
const shared = new SharedHistogram();

export const primitive: Primitive = {
  name: 'record a latency',
  operations: OPERATIONS,
  ways: {
    'histogram of Node': () => {
      for (let i = 0; i < OPERATIONS; i += 1) recorder.record(i / 1_000);
    },
    'histogram in shared memory': () => {
      for (let i = 0; i < OPERATIONS; i += 1) shared.record(i / 1_000);
    },
  },
};
