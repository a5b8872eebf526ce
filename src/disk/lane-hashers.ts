import type { Hasher } from './hasher.ts';
import { BLOCK, INITIAL, type Md5Lanes, openMd5Lanes, padMd5, stateAt } from './md5-lanes.ts';

/** A hasher that shares a processor's lanes with others. `leave` gives its place back when its digest is not wanted any more. */
export interface LaneHasher extends Hasher {
  /** Where too much has gathered: resolves when others have caught up, so that they are hashed together, or none comes. */
  room(): Promise<void> | undefined;
  /** All has come: the same, for what has gathered of it. */
  end(): Promise<void> | undefined;
  leave(): void;
}
interface Lane {
  /** Where its bytes gather. */
  readonly start: number;
  readonly state: Uint32Array;
  /** Bytes gathered and not hashed yet. */
  pending: number;
  /** All bytes so far. */
  length: number;
  /** Tells who waits that there is room again. */
  onRoom: (() => void) | undefined;
  /** Until less than this is pending, who waits has to. */
  most: number;
}

/** Messages under way. */
const LANES = 16;
/** Of them so many are hashed at once at most, in the time of half as many and a quarter more. */
const MOST = 8;
/** What gathers of one message while the others catch up. */
const ROOM = 512 * 1024;
/** Below so much in each of the lanes it is worth to wait for more. */
const WORTH = 64 * 1024;
/** From here on whoever brings it waits: a connection that gives megabytes in one turn would else be hashed alone. One read more, of 256 KiB, still fits. */
const FULL = ROOM / 2;
/** Turns of the event loop in which others may come. */
const PATIENCE = 3;
/** Of one message: with what is written behind it. */
const PLACE = ROOM + 2 * BLOCK;

/** Hashes several messages side by side in vector registers: each message must be long, and several must come at the same time. */
export class LaneHashers {
  readonly #memory: Md5Lanes['memory'];
  readonly #states: Md5Lanes['states'];
  readonly #lanes: Md5Lanes;
  readonly #free: Lane[];
  readonly #busy = new Set<Lane>();

  private constructor(lanes: Md5Lanes) {
    const { memory, states, start } = lanes;
    this.#lanes = lanes;
    this.#memory = memory;
    this.#states = states;
    this.#free = Array.from({ length: LANES }, (_, index) => ({ start: start + index * PLACE, state: new Uint32Array(4), pending: 0, length: 0, onRoom: undefined, most: FULL }));
  }

  /** Undefined where the machine cannot do it. */
  static create(): LaneHashers | undefined {
    const lanes = openMd5Lanes(LANES * PLACE);
    return lanes && new LaneHashers(lanes);
  }

  /** A place for one message; undefined when all are taken. */
  open(): LaneHasher | undefined {
    const lane = this.#free.pop();
    if (lane === undefined) return undefined;
    lane.state.set(INITIAL);
    lane.pending = lane.length = 0;
    this.#busy.add(lane);
    // The place is another's as soon as it has been given back, and who had it may leave once more.
    let isOurs = true;
    const leave = (): void => {
      if (isOurs) this.#leave(lane);
      isOurs = false;
    };
    return {
      update: (bytes) => { this.#update(lane, bytes); },
      digest: () => {
        const digest = this.#digest(lane);
        leave();
        return digest;
      },
      room: () => (isOurs ? this.#room(lane, FULL) : undefined),
      end: () => (isOurs ? this.#room(lane, WORTH) : undefined),
      leave,
    };
  }

  #leave(lane: Lane): void {
    this.#busy.delete(lane);
    this.#free.push(lane);
    lane.onRoom?.();
    lane.onRoom = undefined;
  }

  #room(lane: Lane, most: number): Promise<void> | undefined {
    if (lane.pending < most) return undefined;
    return new Promise((resolve) => {
      lane.most = most;
      lane.onRoom = resolve;
      const look = (turns: number): void => {
        if (lane.onRoom !== resolve) return;
        if (turns > 0) setImmediate(look, turns - 1);
        else this.#drain(lane, { until: most, beside: WORTH });
      };
      look(PATIENCE);
    });
  }

  #update(lane: Lane, bytes: Uint8Array): void {
    lane.length += bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + ROOM - lane.pending);
      this.#memory.set(part, lane.start + lane.pending);
      lane.pending += part.byteLength;
      at += part.byteLength;
      const ready = this.#ready(WORTH);
      if (ready.length >= Math.max(MOST / 2, Math.min(MOST, this.#busy.size))) this.#run(ready.slice(0, MOST));
      else if (lane.pending === ROOM) this.#drain(lane, { until: BLOCK, beside: BLOCK });
    }
  }

  /** Hashes a lane until less than so much is left of it, and others that have enough as far as they go along. Nobody else may come, so it must not wait for one. */
  #drain(lane: Lane, { until, beside }: { readonly until: number; readonly beside: number }): void {
    while (lane.pending >= until) this.#run([lane, ...this.#ready(beside).filter((other) => other !== lane)].slice(0, MOST));
  }

  /** The lanes with at least so many bytes, the fullest first. */
  #ready(bytes: number): Lane[] {
    return [...this.#busy].filter(({ pending }) => pending >= bytes).sort((a, b) => b.pending - a.pending);
  }

  #run(lanes: readonly Lane[]): void {
    const blocks = Math.floor(Math.min(...lanes.map(({ pending }) => pending)) / BLOCK);
    for (const [index, { state }] of lanes.entries()) for (let word = 0; word < 4; word += 1) this.#states[stateAt(index, word)] = state[word] ?? 0;
    const [one = 0, two = one, three = one, four = one, five = one, six = one, seven = one, eight = one] = lanes.map(({ start }) => start);
    if (lanes.length > MOST / 2) this.#lanes.eight(one, two, three, four, five, six, seven, eight, blocks);
    else this.#lanes.four(one, two, three, four, blocks);
    for (const [index, lane] of lanes.entries()) {
      for (let word = 0; word < 4; word += 1) lane.state[word] = this.#states[stateAt(index, word)] ?? 0;
      const done = blocks * BLOCK;
      this.#memory.copyWithin(lane.start, lane.start + done, lane.start + lane.pending);
      lane.pending -= done;
      if (lane.pending >= lane.most) continue;
      lane.onRoom?.();
      lane.onRoom = undefined;
    }
  }

  #digest(lane: Lane): string {
    this.#drain(lane, { until: BLOCK, beside: BLOCK });
    lane.pending = padMd5(this.#memory, lane);
    this.#run([lane]);
    return Buffer.from(lane.state.buffer, 0, 16).toString('hex');
  }
}
