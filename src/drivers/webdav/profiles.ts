/** What a server is known by: its `Server` header, and how its answers to PROPFIND begin. Both, since a proxy puts its own name into the header. */
interface Marks {
  readonly server: RegExp;
  readonly answer: RegExp;
}
/** What one WebDAV server does in its own way. A row is a fact with its source and the day it was looked at. */
export interface Profile {
  readonly name: string;
  readonly marks?: Marks;
  /** A PUT is seen whole or not at all, so it needs no other name first. */
  readonly putsWhole: boolean;
  /** A DELETE with 'Depth: 0' refuses a collection: nobody has to look first what is there. */
  readonly deletesShallow: boolean;
  /** Where the etag of an object is told as its bytes have it: by PROPFIND, or by HEAD only. */
  readonly etagFrom: 'PROPFIND' | 'HEAD';
  /** An etag is weak for a second after the object was written, and then the same without 'W/'. */
  readonly weakAtFirst: boolean;
  /** An object that is replaced is gone for a moment: RFC 4918 section 9.9.3 has a MOVE delete what it replaces first. */
  readonly replacesWithGap: boolean;
  /** PROPFIND passes over names that begin with a dot, so a folder that looks empty may not be. */
  readonly hidesDotNames: boolean;
  readonly source: string;
  readonly checked: string;
}

const usual = { putsWhole: false, deletesShallow: false, etagFrom: 'PROPFIND', weakAtFirst: false, replacesWithGap: true, hidesDotNames: false } as const;

/** The first row that matches counts. */
export const profiles: readonly Profile[] = [
  { ...usual, name: 'apache', marks: { server: /./, answer: /xmlns:\w+="http:\/\/apache\.org\/dav\/props\/"/ }, putsWhole: true, deletesShallow: true, weakAtFirst: true, replacesWithGap: false,
    source: 'https://httpd.apache.org/docs/2.4/mod/mod_dav_fs.html, and test/conformance on Apache 2.4', checked: '2026-11-28' },
  { ...usual, name: 'nginx', marks: { server: /^nginx/, answer: /^<\?xml version="1\.0" encoding="utf-8" \?>\n<D:multistatus xmlns:D="DAV:">\n<D:response>\n/ }, putsWhole: true, deletesShallow: true, etagFrom: 'HEAD', replacesWithGap: false, hidesDotNames: true,
    source: 'https://github.com/arut/nginx-dav-ext-module, and test/conformance on nginx 1.22', checked: '2026-11-28' },
];

/** A server nobody has described: only what every one of them does is taken for granted. */
export const unknownProfile: Profile = { ...usual, name: 'unknown', source: 'nothing is known of it', checked: '2026-11-28' };

export const profileOf = (server: string, answer: string): Profile => profiles.find(({ marks }) => marks?.server.test(server) === true && marks.answer.test(answer)) ?? unknownProfile;
