import { Arena } from './arena.ts';
import { createHasher, type Hasher } from './hasher.ts';
import { BLOCK, INITIAL, openMd5Lanes } from './md5-lanes.ts';
import { SideBySide, type Strip } from './side-by-side.ts';

export interface LandingHasherOptions {
  /** Of all that lies there at the same time. */
  readonly bytes: number;
  /** Of one place: a message that is larger comes to several, one after the other. A multiple of 64. */
  readonly place: number;
  /** So many bytes are hashed one by one at first; default 16 MiB. */
  readonly worth?: number;
}
/** A message that is hashed where it comes. */
export interface LandingMessage {
  readonly size: number;
  /** Where its next bytes go; empty when all have come. */
  room(): Buffer;
  /** So many bytes have come there. False where more should wait for `resume`: others may come until then, to be hashed beside it. */
  came(bytes: number, resume: () => void): boolean;
  /** What has not been given to `onPiece`, when it is hashed. */
  rest(): Buffer;
  /** Its places are free for others. */
  leave(): void;
}
/** Takes what lies in one place, all of it hashed; the place is free when it returns. Not called for what a message's last place holds. */
export type OnPiece = (bytes: Buffer) => void;

/** Before so much comes the machine code is not worth the 20 ms it takes to make. */
const WORTH_CODE = 16 * 1024 * 1024;
/** Fewer at once go by OpenSSL: two messages in four lanes are no faster. */
const WORTH = 3;
/** A message that has filled a place waits so long for others that have, so that they are hashed together. */
const PATIENCE_MS = 4;
/** Behind a message there has to be room for what MD5 wants there. */
const PADDING = 2 * BLOCK;

/**
 * The md5 of messages that come in pieces, several at a time. Who receives them writes into the memory of the vector lanes: nothing is copied, and they are hashed
 * side by side where they lie, as they come.
 */
export class LandingHasher {
  readonly #options: LandingHasherOptions;
  readonly #open = new Set<Message>();
  #left: number;
  #arena: Arena | undefined;
  #lanes: SideBySide | undefined;

  constructor(options: LandingHasherOptions) {
    this.#options = options;
    this.#left = options.worth ?? WORTH_CODE;
  }

  /** Undefined where there is no place for it. */
  open(size: number, onPiece: OnPiece): LandingMessage | undefined {
    const { bytes, place } = this.#options;
    if (this.#left <= 0) this.#openLanes();
    this.#left -= size;
    // Not zeroed, and not touched before something comes.
    this.#arena ??= new Arena(Buffer.allocUnsafeSlow(bytes));
    const first = this.#arena.take(Math.min(size, place) + PADDING);
    if (first === undefined) return undefined;
    const message: Message = new Message(size, first, {
      arena: this.#arena, lanes: this.#lanes, onPiece,
      isLonely: () => this.#open.size < WORTH,
      doOthersCome: () => this.#open.size >= WORTH && [...this.#open].some((one) => one !== message && !one.isWaiting),
      onLeave: () => { this.#open.delete(message); },
    });
    this.#open.add(message);
    return message;
  }

  /** The md5 of messages that have come as a whole, in hex; hashed together. */
  digests(messages: readonly LandingMessage[]): readonly string[] {
    const ours = messages.filter((message) => message instanceof Message);
    if (ours.length < WORTH) for (const message of ours) message.goAlone();
    this.#lanes?.finish(ours.filter(({ isBeside }) => isBeside));
    return ours.map((message) => message.digest());
  }

  /** What came before stays where it is, and is hashed by OpenSSL. */
  #openLanes(): void {
    this.#left = Infinity;
    const lanes = openMd5Lanes(this.#options.bytes);
    if (lanes === undefined) return;
    this.#lanes = new SideBySide(lanes);
    this.#arena = new Arena(Buffer.from(lanes.memory.buffer, lanes.start));
  }
}

interface MessageOwner {
  readonly arena: Arena;
  /** Where its places lie in the memory of the lanes. */
  readonly lanes: SideBySide | undefined;
  readonly onPiece: OnPiece;
  /** Too few come for it to be hashed beside others. */
  isLonely(): boolean;
  /** Something may come of some that it could be hashed beside. */
  doOthersCome(): boolean;
  onLeave(): void;
}

interface Place {
  readonly memory: Buffer;
  filled: number;
}

/** It is hashed beside others as they come; or by OpenSSL, where they have not come by the time it has to be hashed. */
class Message implements LandingMessage, Strip {
  readonly size: number;
  at: number;
  end: number;
  readonly state = Uint32Array.from(INITIAL);
  readonly #owner: MessageOwner;
  /** The first is being hashed, the last is being filled. */
  readonly #places: [Place, ...Place[]];
  #lanes: SideBySide | undefined;
  #alone: Hasher | undefined;
  #isBegun = false;
  #count = 0;
  #isOpen = true;
  #resume = (): void => undefined;
  #waiting: NodeJS.Timeout | undefined;

  constructor(size: number, first: Buffer, owner: MessageOwner) {
    this.size = size;
    this.at = this.end = first.byteOffset;
    this.#owner = owner;
    this.#places = [{ memory: first, filled: 0 }];
    this.#lanes = owner.lanes;
    this.#lanes?.add(this);
  }

  get isBeside(): boolean {
    return this.#lanes !== undefined;
  }

  room(): Buffer {
    const { memory, filled } = this.#last;
    return memory.subarray(filled, Math.min(capacityOf(memory), filled + this.size - this.#count));
  }

  came(bytes: number, resume: () => void): boolean {
    const place = this.#last;
    place.filled += bytes;
    this.#count += bytes;
    if (place === this.#places[0]) this.#extend();
    if (this.#count < this.size && place.filled === capacityOf(place.memory)) this.#takeNext();
    this.#lanes?.hashReady();
    if (this.#count === this.size) this.#stopWaiting();
    if (this.#places.length === 1 || this.#count === this.size) return true;
    if (this.#owner.doOthersCome()) {
      this.#resume = resume;
      this.#waiting ??= setTimeout(() => { this.#hashOn(); }, PATIENCE_MS);
      return false;
    }
    this.#hashOn();
    return true;
  }

  /** It has come as a whole, or waits: nothing comes. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined || this.#count === this.size;
  }

  hashed(bytes: number): void {
    this.#isBegun = true;
    this.at += bytes;
    const [{ memory }, next] = this.#places;
    if (next && this.at === memory.byteOffset + capacityOf(memory)) this.#shift(next);
  }

  /** Nobody is there to be hashed beside. */
  goAlone(): void {
    if (this.#isBegun || this.#alone) return;
    this.#lanes?.remove(this);
    this.#lanes = undefined;
    this.#alone = createHasher('md5');
  }

  digest(): string {
    if (this.#lanes) return Buffer.from(this.state.buffer, 0, 16).toString('hex');
    this.goAlone();
    this.#hashFilled();
    this.#alone?.update(this.rest());
    return this.#alone?.digest() ?? '';
  }

  rest(): Buffer {
    const { memory, filled } = this.#last;
    return memory.subarray(0, filled);
  }

  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopWaiting();
    this.#lanes?.remove(this);
    for (const { memory } of this.#places) this.#owner.arena.give(memory);
    this.#owner.onLeave();
  }

  get #last(): Place {
    return this.#places.at(-1) ?? this.#places[0];
  }

  /** More lies in the first place; at its end what MD5 wants there. */
  #extend(): void {
    const [{ memory, filled }, next] = this.#places;
    this.end = memory.byteOffset + filled;
    if (this.#count === this.size && next === undefined) this.end = this.#lanes?.pad(this) ?? this.end;
  }

  #shift(next: Place): void {
    const [{ memory }] = this.#places;
    this.#owner.onPiece(memory.subarray(0, capacityOf(memory)));
    this.#owner.arena.give(memory);
    this.#places.shift();
    this.at = next.memory.byteOffset;
    this.#extend();
    if (this.#places.length > 1 || this.#waiting === undefined) return;
    this.#stopWaiting();
    this.#resume();
  }

  #stopWaiting(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
  }

  /** Until it has only the place that is being filled. */
  #hashOn(): void {
    while (this.#places.length > 1) this.#hashSome();
  }

  /** A place for what comes next. Where there is none, some of what has come is hashed and given away, until there is one. */
  #takeNext(): void {
    const { arena } = this.#owner;
    if (this.#lanes === undefined) this.goAlone();
    while (this.#lanes) {
      const [first, next] = this.#places;
      if (next === undefined && this.at === this.end) {
        this.#reuse(first);
        return;
      }
      const memory = arena.take(first.memory.byteLength);
      if (memory) {
        this.#places.push({ memory, filled: 0 });
        return;
      }
      this.#hashSome();
    }
    this.#hashFilled();
    this.#alone?.update(this.rest());
    this.#reuse(this.#last);
  }

  #hashSome(): void {
    if (this.#owner.isLonely()) this.goAlone();
    if (this.#lanes) this.#lanes.hashOn(this);
    else this.#hashFilled();
  }

  /** By OpenSSL, all but what the last place holds. */
  #hashFilled(): void {
    for (let [{ memory }, next] = this.#places; next; [{ memory }, next] = this.#places) {
      this.#alone?.update(memory.subarray(0, capacityOf(memory)));
      this.#shift(next);
    }
  }

  /** Gives away what lies in the only place, which is filled again. */
  #reuse(place: Place): void {
    this.#owner.onPiece(this.rest());
    place.filled = 0;
    this.at = this.end = place.memory.byteOffset;
  }
}

const capacityOf = (memory: Buffer): number => memory.byteLength - PADDING;
