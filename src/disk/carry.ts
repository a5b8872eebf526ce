import type { BatchOptions, Jobs } from './batch.ts';
import type { CarryJob, CarryRules } from './carry-work.ts';
import type { Disk } from './disk.ts';
import { sizeOfFile } from './read.ts';
import { runBatch } from './run-batch.ts';
export type { CarryJob, CarryRules };

export interface CarryOptions extends BatchOptions, CarryRules {
  /** Told of each file that has come, and how many bytes it has. */
  readonly onDone: (row: number, bytes: number) => void;
}

/** Copies files whose digests are known from one store to another: each is there whole, under its name, or not at all. Gives the errors by row. */
export async function carryFiles(disk: Disk, jobs: Jobs<CarryJob>, { name, mode, isShared, syncFrom, isCloned, ...rest }: CarryOptions): Promise<ReadonlyMap<number, Error>> {
  const sizeOf = (row: number): number => {
    const job = jobs.at(row);
    return job === undefined ? 0 : (job.size ?? sizeOfFile(job.from) ?? 0);
  };
  const { errors } = await runBatch('carry', jobs, { ...rest, disk, settings: { name, mode, isShared, syncFrom, isCloned }, sizeOf });
  return errors;
}
