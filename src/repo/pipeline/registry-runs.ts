import { digestOf } from '../../oci/digest.ts';
import { IMAGE_MANIFEST } from '../../oci/media-types.ts';
import { parseManifest } from '../../oci/manifests.ts';
import { TowlineError } from '../../errors.ts';
import { memoryFile } from '../../storage/archive/memory-file.ts';
import { openZip } from '../../storage/archive/open-zip.ts';
import { createZipWriter } from '../../storage/archive/zip-writer.ts';
import type { ArtifactStore, Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { gather } from '../../storage/content.ts';
import { fromBytes } from '../../storage/source.ts';
import { isRunPath, type Run, type Runs } from './runs.ts';

const TYPE = 'application/vnd.towline.runs.v1';
const NAMES = 'application/vnd.towline.runs.names.v1+json';
const TITLE = 'org.opencontainers.image.title';
/** So many bytes of runs are one artifact. */
const BUNCH = 8 << 20;
const LARGEST_ZIP = 1 << 30;
const LARGEST_RUN = 16 << 20;
const LARGEST_NAMES = 256 << 20;
const JOBS = 4;

/** Runs as artifacts of a registry: each push that has new ones adds one, a zip of files with their names beside it, and never changes another. docs/formats/oci-segments.md. */
export function registryRuns(artifacts: ArtifactStore): Runs {
  return {
    async held(call) {
      const held = new Set<string>();
      for (const { paths } of await bunches(artifacts, call)) for (const path of paths) held.add(path);
      return held;
    },
    async *lacking(held, call = {}) {
      const given = new Set(held);
      for (const { layer, paths } of await bunches(artifacts, call)) {
        if (paths.every((path) => given.has(path))) continue;
        yield await readBunch(artifacts, layer, { ...call, isWanted: (path) => !given.has(path) });
        for (const path of paths) given.add(path);
      }
    },
    async add(runs, call = {}) {
      let [added, size] = [0, 0];
      let bunch: { readonly path: string; readonly bytes: Uint8Array }[] = [];
      const flush = async (): Promise<void> => {
        if (bunch.length > 0) await push(artifacts, bunch, call);
        added += bunch.length;
        [bunch, size] = [[], 0];
      };
      for await (const some of runs) {
        for (const { path, source } of some) {
          if (!isRunPath(path)) continue;
          const bytes = Buffer.from(await gather(source.open(call), LARGEST_RUN));
          bunch.push({ path, bytes });
          size += bytes.byteLength;
          if (size >= BUNCH) await flush();
        }
      }
      await flush();
      return added;
    },
  };
}

interface Bunch { readonly layer: Descriptor; readonly paths: readonly string[] }

async function bunches(artifacts: ArtifactStore, call: CallOptions = {}): Promise<readonly Bunch[]> {
  const tags: string[] = [];
  for await (const tag of artifacts.tags(call)) if (/^runs-[0-9a-f]{32}$/.test(tag)) tags.push(tag);
  const found: Bunch[] = [];
  for await (const one of concurrently(tags, { ...call, jobs: JOBS }, async (tag, signal) => await describe(artifacts, tag, { signal }))) found.push(one);
  return found;
}

async function describe(artifacts: ArtifactStore, tag: string, call: CallOptions): Promise<Bunch> {
  const where = `${tag} of ${artifacts.displayUrl}`;
  const manifest = await contentOf(artifacts, await artifacts.resolve(tag, call), { ...call, limit: LARGEST_NAMES });
  const { config, layers } = parseManifest(manifest, where) as { readonly config?: Descriptor; readonly layers?: readonly Descriptor[] };
  const layer = layers?.[0];
  if (config?.mediaType !== NAMES || layer === undefined || tagOf(manifest) !== tag) throw new TowlineError('CORRUPT', `${where} is no history of runs`, { hint: 'Somebody moved the tag: delete it, and push again.' });
  const { paths } = parseManifest(await contentOf(artifacts, config, { ...call, limit: LARGEST_NAMES }), where) as { readonly paths?: unknown };
  return { layer, paths: (Array.isArray(paths) ? paths : []).filter((path): path is string => typeof path === 'string' && isRunPath(path)) };
}

async function readBunch(artifacts: ArtifactStore, layer: Descriptor, { isWanted, ...call }: CallOptions & { readonly isWanted: (path: string) => boolean }): Promise<readonly Run[]> {
  const zip = await openZip(fromBytes(await contentOf(artifacts, layer, { ...call, limit: LARGEST_ZIP })), call);
  const runs: Run[] = [];
  for (const member of zip.members) {
    // What is named otherwise than a run is left where it is.
    if (!isRunPath(member.name) || !isWanted(member.name) || member.size > LARGEST_RUN) continue;
    runs.push({ path: member.name, source: fromBytes(await gather(zip.content(member, call), LARGEST_RUN)) });
  }
  return runs;
}

const tagOf = (manifest: Uint8Array): string => `runs-${digestOf(manifest).slice('sha256:'.length, 'sha256:'.length + 32)}`;

async function push(artifacts: ArtifactStore, runs: readonly { readonly path: string; readonly bytes: Uint8Array }[], call: CallOptions): Promise<void> {
  const { file, bytes } = memoryFile();
  const writer = createZipWriter(file);
  const sorted = runs.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  for (const one of sorted) await writer.add({ name: one.path, mode: 0o100644, size: one.bytes.byteLength }, fromBytes(one.bytes).open());
  writer.finish();
  const [names, zip] = [Buffer.from(JSON.stringify({ paths: sorted.map(({ path }) => path) })), bytes()];
  const config: Descriptor = { mediaType: NAMES, digest: digestOf(names), size: names.byteLength };
  const layer: Descriptor = { mediaType: 'application/zip', digest: digestOf(zip), size: zip.byteLength, annotations: { [TITLE]: 'runs.zip' } };
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: TYPE, config, layers: [layer] }));
  await artifacts.push(layer, fromBytes(zip), call);
  await artifacts.push(config, fromBytes(names), call);
  await artifacts.push({ mediaType: IMAGE_MANIFEST, digest: digestOf(manifest), size: manifest.byteLength }, fromBytes(manifest), { ...call, tag: tagOf(manifest) });
}

async function contentOf(artifacts: ArtifactStore, target: Descriptor, { limit, ...call }: CallOptions & { readonly limit: number }): Promise<Uint8Array> {
  if (target.size > limit) throw new TowlineError('CORRUPT', `${target.digest} of ${artifacts.displayUrl} has ${target.size} bytes, which is more than any history of runs has`);
  const content = await artifacts.fetch(target, call);
  return content.bytes ?? (await gather(content.body, target.size));
}
