export { type ClearmlConfig, loadClearmlConfig, parseClearmlConfig } from './config/clearml-config.ts';
export { parseHocon, type HoconOptions } from './hocon/parse-hocon.ts';
export type { Substitution } from './places/substitution.ts';
export type { SessionOptions } from './session.ts';
export { createStorageManager, type Changes, type Downloads, type Looks, type Settings, type StorageManager, type Uploads } from './storage-manager.ts';
export type { CopyOptions } from './verbs/get-copy.ts';
export type { DownloadFolderOptions, DownloadOptions } from './verbs/download.ts';
export type { LookOptions, Metadata } from './verbs/look.ts';
export type { FolderOptions, UploadOptions } from './verbs/upload.ts';
