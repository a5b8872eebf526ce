interface Range {
  readonly start: number;
  readonly end: number;
}
/** Processors like it. */
const ALIGNED = 64;

/** Gives away parts of one memory, the first that is large enough: what was used lately is used again. */
export class Arena {
  readonly #memory: Buffer;
  /** What is given away, in order. */
  readonly #taken: Range[] = [];

  constructor(memory: Buffer) {
    this.#memory = memory;
  }

  /** Undefined where there is no place for so many bytes in a row. */
  take(bytes: number): Buffer | undefined {
    const need = Math.ceil(bytes / ALIGNED) * ALIGNED;
    let [start, at] = [0, 0];
    for (const { start: end, end: next } of this.#taken) {
      if (end - start >= need) break;
      start = next;
      at += 1;
    }
    if (start + need > this.#memory.byteLength) return undefined;
    this.#taken.splice(at, 0, { start, end: start + need });
    return this.#memory.subarray(start, start + bytes);
  }

  give({ byteOffset }: Buffer): void {
    const at = this.#taken.findIndex(({ start }) => start === byteOffset - this.#memory.byteOffset);
    if (at !== -1) this.#taken.splice(at, 1);
  }
}
