import { big, bool, bytes, inner, int, message, type MessageOf, optional, repeated, required, sint, string, uint } from './protobuf.ts';

// The part of Hadoop's .proto files that is spoken here, by their names and numbers:
// https://github.com/apache/hadoop/tree/rel/release-3.4.2 (RpcHeader, IpcConnectionContext, ProtobufRpcEngine2, ClientNamenodeProtocol, hdfs, Security).

export const rpcRequestHeader = message({
  rpcKind: optional(1, uint), rpcOp: optional(2, uint), callId: required(3, sint), clientId: required(4, bytes), retryCount: optional(5, sint),
});
export const rpcResponseHeader = message({
  callId: required(1, uint), status: required(2, uint), exceptionClassName: optional(4, string), errorMsg: optional(5, string), errorDetail: optional(6, uint),
});
export const userInformation = message({ effectiveUser: optional(1, string), realUser: optional(2, string) });
export const connectionContext = message({ userInfo: optional(2, inner(userInformation)), protocol: optional(3, string) });
export const requestHeader = message({ methodName: required(1, string), declaringClassProtocolName: required(2, string), clientProtocolVersion: required(3, uint) });
export const saslAuth = message({ method: required(1, string), mechanism: required(2, string), protocol: optional(3, string), serverId: optional(4, string), challenge: optional(5, bytes) });
export const rpcSasl = message({ version: optional(1, uint), state: required(2, uint), token: optional(3, bytes), auths: repeated(4, inner(saslAuth)) });

export const extendedBlock = message({ poolId: required(1, string), blockId: required(2, big), generationStamp: required(3, uint), numBytes: optional(4, uint) });
export const datanodeId = message({ ipAddr: required(1, string), hostName: required(2, string), datanodeUuid: required(3, string), xferPort: required(4, uint) });
/** Nodes and tokens are handed back to the service as they came, so they are kept as bytes. */
export const datanodeInfo = message({ id: required(1, bytes) });
export const token = message({ identifier: required(1, bytes), password: required(2, bytes), kind: required(3, string), service: required(4, string) });
export const locatedBlock = message({
  block: required(1, inner(extendedBlock)), offset: required(2, int), locations: repeated(3, bytes), corrupt: required(4, bool), token: required(5, bytes),
  storageTypes: repeated(7, uint), storageIds: repeated(8, string),
});
export const locatedBlocks = message({
  fileLength: required(1, uint), blocks: repeated(2, inner(locatedBlock)), underConstruction: required(3, bool), encryption: optional(6, bytes), erasureCoding: optional(7, bytes),
});
const permission = message({ perm: required(1, uint) });
export const fileStatus = message({
  fileType: required(1, uint), path: required(2, bytes), length: required(3, uint), modificationTime: required(7, uint), blockSize: optional(11, uint),
  fileId: optional(13, uint), encryption: optional(15, bytes), erasureCoding: optional(17, bytes),
});
const serverDefaults = message({
  blockSize: required(1, uint), bytesPerChecksum: required(2, uint), writePacketSize: required(3, uint), replication: required(4, uint), encryptDataTransfer: optional(6, bool), checksumType: optional(8, uint),
});

const nothing = message({});
const result = message({ result: required(1, bool) });
const file = message({ src: required(1, string) });
const blockAnswer = message({ block: required(1, inner(locatedBlock)) });

/** The calls of ClientNamenodeProtocol that are used here: what is asked and what is answered. */
export const METHODS = {
  getServerDefaults: { request: nothing, response: message({ serverDefaults: required(1, inner(serverDefaults)) }) },
  getFileInfo: { request: file, response: message({ fs: optional(1, inner(fileStatus)) }) },
  getBlockLocations: { request: message({ src: required(1, string), offset: required(2, uint), length: required(3, uint) }), response: message({ locations: optional(1, inner(locatedBlocks)) }) },
  getListing: {
    request: message({ src: required(1, string), startAfter: required(2, bytes), needLocation: required(3, bool) }),
    response: message({ dirList: optional(1, inner(message({ partialListing: repeated(1, inner(fileStatus)), remainingEntries: required(2, uint) }))) }),
  },
  create: {
    request: message({
      src: required(1, string), masked: required(2, inner(permission)), clientName: required(3, string), createFlag: required(4, uint), createParent: required(5, bool),
      replication: required(6, uint), blockSize: required(7, uint), unmasked: optional(9, inner(permission)),
    }),
    response: message({ fs: optional(1, inner(fileStatus)) }),
  },
  append: {
    request: message({ src: required(1, string), clientName: required(2, string), flag: optional(3, uint) }),
    response: message({ block: optional(1, inner(locatedBlock)), stat: optional(2, inner(fileStatus)) }),
  },
  addBlock: {
    request: message({ src: required(1, string), clientName: required(2, string), previous: optional(3, inner(extendedBlock)), excludeNodes: repeated(4, bytes), fileId: optional(5, uint) }),
    response: blockAnswer,
  },
  abandonBlock: { request: message({ block: required(1, inner(extendedBlock)), src: required(2, string), holder: required(3, string), fileId: optional(4, uint) }), response: nothing },
  complete: { request: message({ src: required(1, string), clientName: required(2, string), last: optional(3, inner(extendedBlock)), fileId: optional(4, uint) }), response: result },
  updateBlockForPipeline: { request: message({ block: required(1, inner(extendedBlock)), clientName: required(2, string) }), response: blockAnswer },
  updatePipeline: {
    request: message({ clientName: required(1, string), oldBlock: required(2, inner(extendedBlock)), newBlock: required(3, inner(extendedBlock)), newNodes: repeated(4, bytes), storageIds: repeated(5, string) }),
    response: nothing,
  },
  renewLease: { request: message({ clientName: required(1, string) }), response: nothing },
  recoverLease: { request: message({ src: required(1, string), clientName: required(2, string) }), response: result },
  truncate: { request: message({ src: required(1, string), newLength: required(2, uint), clientName: required(3, string) }), response: result },
  reportBadBlocks: { request: message({ blocks: repeated(1, inner(locatedBlock)) }), response: nothing },
  rename2: { request: message({ src: required(1, string), dst: required(2, string), overwriteDest: required(3, bool) }), response: nothing },
  delete: { request: message({ src: required(1, string), recursive: required(2, bool) }), response: result },
} as const;
export type Method = keyof typeof METHODS;

export type ExtendedBlock = MessageOf<typeof extendedBlock>;
export type LocatedBlock = MessageOf<typeof locatedBlock>;
export type FileStatus = MessageOf<typeof fileStatus>;
export type SaslAuth = MessageOf<typeof saslAuth>;
export type RpcSasl = MessageOf<typeof rpcSasl>;
export type ServerDefaults = MessageOf<typeof serverDefaults>;

/** What `fileType` of a status may be. */
export const FILE_TYPE = { folder: 1, file: 2, link: 3 } as const;
