import { createServer, connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningProgram } from './program.ts';

// Below the range from which the system takes ports for outgoing connections: there no neighbour can be given ours between the look and the start.
const [LOWEST, HIGHEST] = [15_000, 32_000];
const TRIES = 200;
const POLL_MS = 15;
const READY_WITHIN_MS = 60_000;

/** The first of `count` neighbouring ports of 127.0.0.1 that are free. */
export async function freePort(count = 1): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const first = randomInt(LOWEST, HIGHEST - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports beside each other between ${LOWEST} and ${HIGHEST}`);
}

/** Returns when the port takes a connection; throws with the program's output when it ended before. */
export const waitForPort = (port: number, program: RunningProgram): Promise<void> => poll(() => isOpen(port), program);

/** Returns when the program has printed the words. */
export const waitForOutput = (words: string, program: RunningProgram): Promise<void> => poll(() => Promise.resolve(program.output().includes(words)), program);

/** Returns when the URL answers with the status; certificates are not looked at here. */
export const waitForStatus = (url: string, status: number, program: RunningProgram): Promise<void> => poll(async () => (await statusOf(url)) === status, program);

/** Starts again on other ports when a program ended at once: the usual reason is a port taken in between. */
export async function withFreshPorts<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 3 || !(error instanceof Error) || !/in use|EADDRINUSE|bind/i.test(error.message)) throw error;
    }
  }
}

async function poll(isReady: () => Promise<boolean>, program: RunningProgram): Promise<void> {
  const end = Date.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    if (program.hasEnded) throw new Error(`the server ended before it was ready:\n${program.output()}`);
    if (Date.now() > end) {
      await program.stop();
      throw new Error(`the server was not ready after ${READY_WITHIN_MS / 1000} seconds:\n${program.output()}`);
    }
    await wait(POLL_MS);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (result: boolean): void => { socket.destroy(); resolve(result); };
    socket.on('connect', () => settle(true));
    socket.on('error', () => settle(false));
  });
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, { rejectUnauthorized: false, agent: false, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
    request.end();
  });
}
