import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { nodeDisk } from '../src/disk/node.ts';
import { layeredArtifacts } from '../src/oci/artifact-layers.ts';
import { openImageLayout } from '../src/oci/layout.ts';
import { openRegistryStore, type RegistrySettings } from '../src/oci/store.ts';
import type { ArtifactStore } from '../src/storage/artifacts.ts';
import { standardLayers } from '../src/storage/layers/standard.ts';
import type { Judge } from './judges.ts';
import { clock, openingIn } from './lent.ts';
import { type Skip, skips } from './quirks.ts';
import { makeCertificates } from './servers/certificates.ts';
import { type RegistryOptions, type RegistryProgram, startRegistry } from './servers/registry.ts';
import { type FakeDialect, startRegistryFake } from './servers/registry-fake.ts';
import { startRegistryTokens } from './servers/registry-tokens.ts';
import { removeFolder, temporaryFolder } from './servers/server.ts';

/** An artifact store that tests run against. */
export interface ArtifactTarget {
  readonly name: string;
  readonly judges: readonly Judge[];
  /** Cases this store cannot pass, by name, each with the reason; one that is skipped without standing here is a failure. */
  readonly skips: readonly Skip[];
  start(): Promise<StartedArtifacts>;
}
export interface StartedArtifacts {
  /** The store of a repository, as another process would have it. */
  open(repository: string): Promise<ArtifactStore>;
  stop(): Promise<void>;
}

/** So that a few megabytes are an upload in chunks. */
const CHUNKS = { chunkBytes: 1_000_000, chunksAboveBytes: 2_000_000 };
const USER = { user: 'alice', password: 'pass:word/with?all' };
const AUTHORITY = 'a registry mounts by itself; a layout copies files';
const SESSIONS = ['blob: an upload in chunks that broke goes on where it was, also in another process', 'blob: a token of an upload that is over or of another blob begins anew, and a damaged one is INVALID_ARGUMENT'];
const MOUNT = ['blob: what another repository holds is taken over from there'];

/** Opens a repository with a home of its own and nothing of the real environment. */
export function openRepository(host: string, name: string, settings: RegistrySettings = {}): ArtifactStore {
  return openRegistryStore({ host, name }, { ...CHUNKS, ...settings }, openingIn('/nonexistent'));
}

type Way = 'open' | 'basic' | 'token' | 'TLS';

function registry(program: RegistryProgram, version: string, way: Way): ArtifactTarget {
  return {
    name: `${version} (${way})`, judges: [program, 'openssl', 'htpasswd'], skips: [],
    async start() {
      const certificates = way === 'TLS' ? makeCertificates() : undefined;
      const tokens = way === 'token' ? await startRegistryTokens({ ...USER, seconds: 60 }) : undefined;
      const options: RegistryOptions = { ...(certificates && { certificates }), ...(tokens && { tokens }), ...(way === 'basic' && { credentials: USER }) };
      const server = await startRegistry(program, options);
      const settings: RegistrySettings = {
        ...(way === 'basic' || way === 'token' ? USER : {}),
        ...(certificates && { plainHttp: false, connection: { caFile: certificates.ca } }),
      };
      return {
        open: async (repository) => openRepository(server.authority, repository, settings),
        async stop() {
          await Promise.all([server.stop(), tokens?.stop()]);
          certificates?.remove();
        },
      };
    },
  };
}

function fake(name: string, dialect: FakeDialect, more: readonly Skip[] = []): ArtifactTarget {
  return {
    name: `fake registry, ${name}`, judges: [], skips: more,
    async start() {
      const server = await startRegistryFake(dialect);
      return { open: async (repository) => openRepository(server.authority, repository, dialect.basic ?? {}), stop: () => server.stop() };
    },
  };
}

const layout: ArtifactTarget = {
  name: 'image layout on disk', judges: [], skips: [...skips(AUTHORITY, MOUNT), ...skips('a file is written in one go', SESSIONS)],
  async start() {
    const folder = temporaryFolder('layout');
    return {
      open: async (repository) => openImageLayout(join(folder, repository), { disk: nodeDisk, wait: clock.wait, env: { PATH: process.env['PATH'] } }),
      stop: async () => { removeFolder(folder); },
    };
  },
};

/** As a remote has it: what the layers do around a store takes away none of its promises. */
const layered: ArtifactTarget = {
  ...fake('the layers of a remote around it', {}),
  async start() {
    const server = await startRegistryFake({ tagsInPage: 7, basic: USER });
    const around = { concurrency: 8, layers: standardLayers({ concurrency: 8 }, clock) };
    return { open: async (repository) => layeredArtifacts(openRepository(server.authority, repository, USER), around), stop: () => server.stop() };
  },
};

/** A name no other case has. */
export const freshRepository = (): string => `conformance/case-${randomBytes(6).toString('hex')}`;

const WAYS: readonly Way[] = ['open', 'basic', 'token', 'TLS'];

export const artifactTargets: readonly ArtifactTarget[] = [
  ...WAYS.map((way) => registry('docker-registry', 'docker-registry 2.8', way)),
  ...WAYS.map((way) => registry('registry', 'distribution 3', way)),
  layout,
  fake('distribution spec 1.1', { tagsInPage: 7, basic: USER }),
  layered,
  fake('blobs at another origin', { redirects: true, basic: USER, relativeLocations: true }),
  fake('uploads at another origin', { uploadsElsewhere: true, basic: USER }),
  fake('small chunks only', { mostInPut: 1_100_000, mostInChunk: 1_000_000, leastInChunk: 700_000 }),
  fake('few abilities', { mounts: false, knowsRanges: false, hasReferrers: false }, skips('it mounts nothing', MOUNT)),
];
