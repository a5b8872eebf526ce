/** Memory that a connection reads into. Whoever works on a part of it counts as a user; without users it is read into again. */
export interface ReadBuffer {
  readonly bytes: Buffer;
  users: number;
  /** The connection reads into it next. */
  isArmed: boolean;
}
/** Read buffers that nobody uses are kept for the next connection: a new one costs more than the read it is for. */
export interface ReadBuffers {
  take(size: number): ReadBuffer;
  disarm(buffer: ReadBuffer): void;
  /** One user less. */
  leave(buffer: ReadBuffer): void;
}

const MOST_KEPT = 64;

export function createReadBuffers(): ReadBuffers {
  const kept = new Map<number, ReadBuffer[]>();
  const keepUnused = (buffer: ReadBuffer): void => {
    if (buffer.users > 0 || buffer.isArmed) return;
    const same = kept.get(buffer.bytes.byteLength) ?? [];
    kept.set(buffer.bytes.byteLength, same);
    if (same.length < MOST_KEPT) same.push(buffer);
  };
  return {
    take(size) {
      const buffer = kept.get(size)?.pop() ?? { bytes: Buffer.allocUnsafeSlow(size), users: 0, isArmed: false };
      buffer.isArmed = true;
      return buffer;
    },
    disarm(buffer) {
      buffer.isArmed = false;
      keepUnused(buffer);
    },
    leave(buffer) {
      buffer.users -= 1;
      keepUnused(buffer);
    },
  };
}
