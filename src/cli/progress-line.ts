import type { Progress } from '../runtime.ts';
import type { StandardStream } from './standard-stream.ts';

/** Where progress is shown: one line that rewrites itself on a terminal, a plain line every ten seconds elsewhere. */
export interface ProgressLine {
  take(progress: Progress): void;
  clear(): void;
  finish(): void;
}

interface Phase {
  readonly name: string;
  readonly files: number | undefined;
  readonly totalBytes: number | undefined;
  readonly since: number;
  done: number;
  bytes: number;
  label: string | undefined;
}

/** A progress line on `stream`. */
export function createProgressLine({ stream, now }: { readonly stream: Pick<StandardStream, 'isTTY' | 'columns' | 'write'>; readonly now: () => number }): ProgressLine {
  const interval = stream.isTTY ? 100 : 10_000;
  let phase: Phase | undefined;
  let drawnAt = now();
  let isDrawn = false;
  const clear = (): void => {
    if (isDrawn && stream.isTTY) stream.write('\r\u001b[K');
    isDrawn = false;
  };
  const draw = (): void => {
    if (!phase || now() - drawnAt < interval) return;
    drawnAt = now();
    const text = describePhase(phase, now());
    stream.write(stream.isTTY ? `\r${text.slice(0, (stream.columns || 80) - 1)}\u001b[K` : `${text}\n`);
    isDrawn = true;
  };
  return {
    clear,
    finish() {
      clear();
      phase = undefined;
    },
    take(event) {
      if (event.kind === 'phase') phase = { name: event.name, files: event.files, totalBytes: event.bytes, since: now(), done: 0, bytes: 0, label: undefined };
      else if (phase) {
        phase.done += event.files;
        phase.bytes += event.bytes;
        phase.label = event.label ?? phase.label;
      }
      draw();
    },
  };
}

/** 'Pushing 120/10000 files, 1.2 GiB, 85 MiB/s, 12 s left, data/big.bin' */
export function describePhase(phase: Readonly<Phase>, now: number): string {
  const seconds = Math.max(0.001, (now - phase.since) / 1000);
  const share = phase.totalBytes ? phase.bytes / phase.totalBytes : phase.files ? phase.done / phase.files : 0;
  const parts = [
    `${phase.name} ${phase.done}${phase.files === undefined ? '' : `/${phase.files}`} files`,
    ...(phase.bytes > 0 ? [`${formatBytes(phase.bytes)}, ${formatBytes(phase.bytes / seconds)}/s`] : []),
    ...(share > 0 && share < 1 && seconds > 1 ? [`${Math.ceil((seconds / share) * (1 - share))} s left`] : []),
    ...(phase.label === undefined ? [] : [phase.label]),
  ];
  return parts.join(', ');
}

/** Bytes for people, in powers of 1024. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
