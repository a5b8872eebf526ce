import { bool, bytes, fixed32, fixed64, inner, message, optional, repeated, required, sint, string, uint } from './protobuf.ts';
import { extendedBlock } from './messages.ts';

// The part of datatransfer.proto that is spoken to data nodes: https://github.com/apache/hadoop/tree/rel/release-3.4.2

const baseHeader = message({ block: required(1, inner(extendedBlock)), token: optional(2, bytes) });
const clientHeader = message({ baseHeader: required(1, inner(baseHeader)), clientName: required(2, string) });
const checksum = message({ type: required(1, uint), bytesPerChecksum: required(2, uint) });

export const opReadBlock = message({ header: required(1, inner(clientHeader)), offset: required(2, uint), length: required(3, uint), sendChecksums: optional(4, bool) });
export const opWriteBlock = message({
  header: required(1, inner(clientHeader)), targets: repeated(2, bytes), stage: required(4, uint), pipelineSize: required(5, uint), minBytesRcvd: required(6, uint), maxBytesRcvd: required(7, uint),
  latestGenerationStamp: required(8, uint), requestedChecksum: required(9, inner(checksum)), storageType: optional(11, uint), targetStorageTypes: repeated(12, uint),
  storageId: optional(16, string), targetStorageIds: repeated(17, string),
});
export const opBlockChecksum = message({ header: required(1, inner(baseHeader)) });

export const blockOpResponse = message({
  status: required(1, uint), firstBadLink: optional(2, string),
  checksumResponse: optional(3, inner(message({ bytesPerCrc: required(1, uint), crcPerBlock: required(2, uint), blockChecksum: required(3, bytes), crcType: optional(4, uint) }))),
  readOpChecksumInfo: optional(4, inner(message({ checksum: required(1, inner(checksum)), chunkOffset: required(2, uint) }))),
  message: optional(5, string),
});
export const clientReadStatus = message({ status: required(1, uint) });
/** All its fields have a fixed length, so it can be written in place. */
export const packetHeader = message({ offsetInBlock: required(1, fixed64), seqno: required(2, fixed64), lastPacketInBlock: required(3, bool), dataLength: required(4, fixed32) });
export const pipelineAck = message({ seqno: required(1, sint), reply: repeated(2, uint) });

/** A step of logging in to a data node. */
export const encryptorMessage = message({ status: required(1, uint), payload: optional(2, bytes), message: optional(3, string) });

/** `Status` of the data transfer protocol. */
export const STATUS = { success: 0, accessToken: 5, checksumOk: 6 } as const;
/** `BlockConstructionStage`: what a write of a block begins with. */
export const STAGE = { streamingRecovery: 3, closeRecovery: 5, create: 6 } as const;
/** Operations, as the byte that names each. */
export const OPERATION = { writeBlock: 80, readBlock: 81, blockChecksum: 85 } as const;
export const TRANSFER_VERSION = 28;
