import type { Socket } from 'node:net';

const SIZE = 320 * 1024;
let kept: Buffer | undefined;
/** Connections that hold what is written for a while: memory of their own costs them less than new scratch for everybody. */
const holding = new WeakSet<Socket>();

/** Makes head and body one write without making garbage: once the kernel has taken the bytes, which for a small request is at once, the memory is free again. */
export const scratch = {
  write(socket: Socket, text: string, bytes: Uint8Array): void {
    const size = text.length + bytes.byteLength;
    const isOwn = size > SIZE || holding.has(socket);
    const whole = isOwn ? Buffer.allocUnsafe(size) : (kept ??= Buffer.allocUnsafeSlow(SIZE)).subarray(0, size);
    whole.write(text, 'latin1');
    whole.set(bytes, text.length);
    socket.write(whole);
    if (isOwn || socket.writableLength === 0) return;
    holding.add(socket);
    kept = undefined;
  },
};
