import { TowlineError } from '../../errors.ts';

/** What a connection string says. Its keys are https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
export interface ConnectionString {
  readonly account: string | undefined;
  readonly key: string | undefined;
  readonly sas: string | undefined;
  /** The whole address of the blob service, where the string names one. */
  readonly blobEndpoint: string | undefined;
  readonly suffix: string | undefined;
  readonly protocol: 'http' | 'https';
}

/** The account of every emulator, and its key, which Microsoft publishes: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
export const EMULATOR = { account: 'devstoreaccount1', key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==' } as const;
const EMULATOR_PORT = 10_000;

/** Reads `Key=value;Key=value`; keys in any case. Throws INVALID_CONFIG, in which nothing of the string is shown. */
export function parseConnectionString(text: string): ConnectionString {
  const parts = text.split(';').map((part) => part.trim()).filter((part) => part !== '');
  const pairs = parts.map((part) => /^([A-Za-z]+)\s*=\s*([^]*)$/.exec(part));
  if (parts.length === 0 || pairs.some((pair) => pair === null)) throw malformed('it is not KEY=VALUE;KEY=VALUE');
  const values = new Map(pairs.map((pair) => [(pair?.[1] ?? '').toLowerCase(), pair?.[2] ?? '']));
  if (values.get('usedevelopmentstorage')?.toLowerCase() === 'true') return emulator(values.get('developmentstorageproxyuri'));
  const protocol = (values.get('defaultendpointsprotocol') ?? 'https').toLowerCase();
  if (protocol !== 'http' && protocol !== 'https') throw malformed('DefaultEndpointsProtocol is neither http nor https');
  const read = (key: string): string | undefined => values.get(key) || undefined;
  const account = read('accountname')?.toLowerCase();
  const blobEndpoint = read('blobendpoint');
  if (account === undefined && blobEndpoint === undefined) throw malformed('it has neither AccountName nor BlobEndpoint');
  return { account, key: read('accountkey'), sas: read('sharedaccesssignature'), blobEndpoint, suffix: read('endpointsuffix'), protocol };
}

function emulator(proxy: string | undefined): ConnectionString {
  const host = proxy === undefined ? 'http://127.0.0.1' : proxy.replace(/\/+$/, '');
  if (!/^https?:\/\/[^/:]+(?::\d+)?$/.test(host)) throw malformed('DevelopmentStorageProxyUri is not http://HOST');
  const blobEndpoint = `${/:\d+$/.test(host) ? host : `${host}:${EMULATOR_PORT}`}/${EMULATOR.account}`;
  return { ...EMULATOR, sas: undefined, blobEndpoint, suffix: undefined, protocol: 'http' };
}

const malformed = (why: string): TowlineError =>
  new TowlineError('INVALID_CONFIG', `Authentication to Azure Blob Storage via connection string failed: ${why}`, { hint: "Copy it as a whole from the portal, 'Access keys', or from 'az storage account show-connection-string', and put it between quotes." });
