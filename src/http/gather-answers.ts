/** What it stands on; `busyMs`, the milliseconds this thread has been busy so far, is lent by tests. */
export interface Gathering {
  /** Stops this thread for so many milliseconds. */
  readonly pause: (milliseconds: number) => void;
  /** Milliseconds of the clock. */
  readonly now: () => number;
  readonly busyMs?: () => number;
}

/** Answers between two looks at where the time goes. */
const LOOK = 128;
/** Who works more than this part of the time has answers waiting anyway. */
const MOST_BUSY = 0.5;
/** So many in one turn of the event loop are worth being woken for; */
const ENOUGH = 8;
/** but of those under way no more than this part are waited for, because the server may have nothing to do meanwhile. */
const SHARE = 8;
/** A shorter wait gathers nothing. */
const SHORTEST_MS = 0.5;
const LONGEST_MS = 8;

/**
 * Called at each answer, with how many are under way: where a slow server lets them come one by one, the thread stops for a moment after each turn of the event
 * loop, and hears several at once. To be woken, and to go to sleep again, costs as much as an answer itself.
 */
export function createGathering({ pause, now, busyMs = () => performance.eventLoopUtilization().active }: Gathering): (underWay: number) => void {
  let [since, busySince, paused, answers] = [now(), busyMs(), 0, 0];
  let [waitMs, inTurn] = [0, 0];
  const look = (underWay: number): void => {
    const elapsed = now() - since;
    const busy = busyMs();
    const isBusy = busy - busySince - paused > elapsed * MOST_BUSY;
    waitMs = isBusy ? 0 : Math.min(LONGEST_MS, (elapsed / LOOK) * Math.min(ENOUGH, underWay / SHARE));
    [since, busySince, paused, answers] = [since + elapsed, busy, 0, 0];
  };
  const endTurn = (): void => {
    const isWorth = inTurn < ENOUGH;
    inTurn = 0;
    if (!isWorth || waitMs < SHORTEST_MS) return;
    const begun = busyMs();
    pause(waitMs);
    paused += busyMs() - begun;
  };
  return (underWay) => {
    answers += 1;
    if (answers === LOOK) look(underWay);
    inTurn += 1;
    if (inTurn === 1 && waitMs >= SHORTEST_MS) setImmediate(endTurn);
    else if (waitMs < SHORTEST_MS) inTurn = 0;
  };
}
