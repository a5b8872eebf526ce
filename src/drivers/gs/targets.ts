import { encodeComponent } from '../../http/percent-encoding.ts';
import { encodeQuery } from './encoding.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** Path and query of what one bucket is asked for, encoded, below the endpoint. */
export interface Targets {
  bucket(query: Query): string;
  list(query: Query): string;
  object(name: string, query: Query): string;
  /** In a bucket that need not be this one. */
  objectIn(bucket: string, name: string, query: Query): string;
  upload(query: Query): string;
  rewrite(from: { readonly bucket: string; readonly name: string }, name: string, query: Query): string;
}

export function createTargets(bucket: string): Targets {
  const inBucket = (name: string): string => `/storage/v1/b/${encodeComponent(name)}`;
  const own = inBucket(bucket);
  return {
    bucket: (query) => `${own}${encodeQuery(query)}`,
    list: (query) => `${own}/o${encodeQuery(query)}`,
    object: (name, query) => `${own}/o/${encodeComponent(name)}${encodeQuery(query)}`,
    objectIn: (other, name, query) => `${inBucket(other)}/o/${encodeComponent(name)}${encodeQuery(query)}`,
    upload: (query) => `/upload${own}/o${encodeQuery(query)}`,
    rewrite: (from, name, query) => `${inBucket(from.bucket)}/o/${encodeComponent(from.name)}/rewriteTo/b/${encodeComponent(bucket)}/o/${encodeComponent(name)}${encodeQuery(query)}`,
  };
}
