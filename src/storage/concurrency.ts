import type { Runtime } from '../runtime.ts';

/** How a call ended: the service did it, could not for another reason, or had too much to do. */
export type CallEnd = { readonly kind: 'done'; readonly bytes: number } | { readonly kind: 'failed' } | { readonly kind: 'refused' };

/** How many calls may be under way at once. */
export interface Concurrency {
  room(): number;
  /** A call begins; what comes back is told once how it ended. */
  begin(): (end: CallEnd) => void;
}

/** As many as somebody said, whatever happens. */
export function fixedConcurrency(calls: number): Concurrency {
  return { room: () => calls, begin: () => () => undefined };
}

export interface AdaptiveOptions extends Pick<Runtime, 'now'> { readonly most: number }

const FIRST = 32;
/** So many bytes are as much work as one more call. */
const BYTES_OF_A_CALL = 256 * 1024;
/** A shorter look says nothing; one at a small step, whose effect is small, must be longer. */
const LOOK_MS = 50;
const LONG = 4;
/** Twice the room must bring so much more. */
const GAIN_OF_DOUBLING = 1.1;
/** A quarter more must bring so much more, and a fifth less may cost so much, or the step is taken back. */
const GAIN_OF_STEP = 1.05;
const COST_OF_STEP = 0.97;
/** Looks between two small steps. */
const PATIENCE = 16;
/** Rounds without a refusal after one, until goodput counts again. */
const CLEAN_ROUNDS = 64;

/** From here on more calls come than may be under way; and from there on they soon could. */
const FULL = 0.9;
const HALF_FULL = 0.45;

/** A room that is tried: taken back unless the goodput is at least `wanted`. */
interface Trial { readonly from: number; readonly wanted: number }

/** What goes through: rates over looks that are long enough. */
interface Meter {
  /** Begins a look. After a change of the room one round goes by first: its calls began under the old one. */
  restart(unsettled: number): void;
  /** `fill`: what part of the room was taken. */
  ended(end: CallEnd, fill: number): void;
  /** Undefined before so much has been seen; else a new look begins. */
  read(least: { readonly milliseconds: number; readonly calls: number }): { readonly rate: number; readonly fill: number } | undefined;
}

function createMeter(now: () => number): Meter {
  let [unsettled, since, ended, filled, work] = [0, now(), 0, 0, 0];
  const restart: Meter['restart'] = (round) => { [unsettled, since, ended, filled, work] = [round, now(), 0, 0, 0]; };
  return {
    restart,
    ended(end, fill) {
      if (unsettled > 0) {
        if (--unsettled === 0) restart(0);
        return;
      }
      ended += 1;
      filled += Math.min(1, fill);
      if (end.kind === 'done') work += 1 + end.bytes / BYTES_OF_A_CALL;
    },
    read({ milliseconds, calls }) {
      const elapsed = now() - since;
      if (unsettled > 0 || elapsed < milliseconds || ended < calls) return undefined;
      const seen = { rate: work / elapsed, fill: filled / ended };
      restart(0);
      return seen;
    },
  };
}

/** A room that follows the goodput. */
interface Climb {
  room(): number;
  resize(next: number): void;
  /** Begins to double, from where it is. */
  double(): void;
  /** What goes on is not judged by what was before. */
  forget(): void;
  /** Looks at what went through, and takes the next step. */
  look(): void;
}

function createClimb(most: number, meter: Meter): Climb {
  let room = Math.min(FIRST, most);
  let trial: Trial | undefined;
  let isDoubling = true;
  let looks = 0;
  let isUp = false;
  const resize = (next: number): void => {
    room = Math.max(1, Math.min(most, next));
    meter.restart(room);
  };
  const attempt = (next: number, wanted: number): void => {
    const from = room;
    resize(next);
    trial = room === from ? undefined : { from, wanted };
  };
  const judge = (rate: number): void => {
    const judged = trial;
    trial = undefined;
    if (judged && rate < judged.wanted) {
      resize(judged.from);
      [isDoubling, looks] = [false, 0];
    } else if (isDoubling) attempt(room * 2, rate * GAIN_OF_DOUBLING);
    else if (++looks >= PATIENCE) {
      looks = 0;
      isUp = !isUp;
      if (isUp) attempt(Math.ceil(room * 1.25), rate * GAIN_OF_STEP);
      else attempt(Math.floor(room * 0.8), rate * COST_OF_STEP);
    }
  };
  return {
    room: () => room,
    resize,
    double() { isDoubling = true; },
    forget() { trial = undefined; },
    look() {
      const times = isDoubling ? 1 : LONG;
      const seen = meter.read({ milliseconds: LOOK_MS * times, calls: room * times });
      if (seen === undefined) return;
      if (seen.fill >= FULL) return judge(seen.rate);
      trial = undefined;
      // Who adds more by and by must not wait for us to follow.
      if (isDoubling && seen.fill >= HALF_FULL) resize(room * 2);
    },
  };
}

/**
 * Starts with 32 and doubles while the goodput grows; then tries small steps up and down, and keeps what serves as well with fewer. When the service has too
 * much to do the room is halved, once for all calls of one round, and grows by one a round from there. While far fewer calls come than may, nothing can be learned and nothing changes.
 */
export function adaptiveConcurrency({ most, now }: AdaptiveOptions): Concurrency {
  const meter = createMeter(now);
  const climb = createClimb(most, meter);
  let underWay = 0;
  /** Rounds without a refusal since the last one, and what there is of the next; undefined when that is long ago. */
  let careful: { rounds: number; calls: number } | undefined;
  const refuse = (): void => {
    climb.forget();
    climb.resize(Math.floor(climb.room() / 2));
    careful = { rounds: 0, calls: 0 };
  };
  const creep = (since: { rounds: number; calls: number }): void => {
    if (++since.calls < climb.room()) return;
    since.calls = 0;
    climb.resize(climb.room() + 1);
    if (++since.rounds < CLEAN_ROUNDS) return;
    careful = undefined;
    climb.double();
  };
  return {
    room: climb.room,
    begin() {
      const begunWith = climb.room();
      if (underWay++ === 0) {
        // What went on before a pause says nothing about what comes after it.
        climb.forget();
        meter.restart(begunWith);
      }
      return (end) => {
        const fill = underWay-- / climb.room();
        // Calls begun before the room was halved say nothing about the new room.
        if (end.kind === 'refused') return begunWith <= climb.room() ? refuse() : undefined;
        meter.ended(end, fill);
        if (careful === undefined) return climb.look();
        return end.kind === 'done' ? creep(careful) : undefined;
      };
    },
  };
}
