import { damageStates } from './damage-states.ts';
import { dataStates } from './data-states.ts';
import { historyStates } from './history-states.ts';
import { pipelineStates } from './pipeline-states.ts';
import { placeStates } from './place-states.ts';
import type { State } from './state.ts';

/** The corpus: every state is made anew for each program that is asked. */
export const states: readonly State[] = [...dataStates, ...damageStates, ...pipelineStates, ...historyStates, ...placeStates];
