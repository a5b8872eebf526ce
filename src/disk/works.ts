import { carryWork } from './carry-work.ts';
import { hashWork } from './hash-work.ts';
import { placeWork } from './place-work.ts';
import { storeWork } from './store-work.ts';

/** Every kind of work that may run in a worker thread, by the name that is sent there. */
export const WORKS = { hash: hashWork, store: storeWork, place: placeWork, carry: carryWork };

export type WorkName = keyof typeof WORKS;
export type SettingsOf<K extends WorkName> = Parameters<(typeof WORKS)[K]>[1];
export type JobOf<K extends WorkName> = Parameters<ReturnType<(typeof WORKS)[K]>>[0];
export type ResultOf<K extends WorkName> = ReturnType<ReturnType<(typeof WORKS)[K]>> extends Generator<number, infer R, void> ? R : never;
