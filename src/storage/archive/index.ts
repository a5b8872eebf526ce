export { type OpenZip, membersOf, openZip, type ZipMember } from './open-zip.ts';
export { limitsFor, unpackMembers } from './unpack.ts';
export { createZipWriter, type ZipWriter } from './zip-writer.ts';
